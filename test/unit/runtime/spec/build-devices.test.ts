import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import { DEFAULT_DEVICE_RULES } from '#runtime/spec/defaults.js';
import type { OciConfig, OciDeviceRule } from '#runtime/spec/oci.js';
import { builtSpec } from '#test/support/built-spec.js';

test("a bundle's device list never takes the default devices away: runc spec writes deny all and nothing more", () => {
  const rulesOf = (devices: OciDeviceRule[] | undefined, config: Partial<ContainerConfig> = {}): OciDeviceRule[] => {
    const base = builtSpec();
    const bundle = { ...base, linux: { ...base.linux, resources: { devices } } } as OciConfig;
    const readBundle = () => bundle;
    return builtSpec({ image: { kind: 'bundle', dir: '/b' }, ...config }, { readBundle }).linux.resources?.devices ?? [];
  };
  const denyAll = { allow: false, access: 'rwm' };
  assert.deepEqual(rulesOf([denyAll]), DEFAULT_DEVICE_RULES);
  const fuse = { allow: true, type: 'c', major: 10, minor: 229, access: 'rw' } as const;
  assert.deepEqual(rulesOf([denyAll, fuse]).slice(0, 2), [denyAll, fuse]);
  assert.deepEqual(rulesOf([denyAll, fuse]).slice(2), DEFAULT_DEVICE_RULES.slice(1));
  assert.deepEqual(rulesOf([{ allow: true, access: 'rwm' }]), [{ allow: true, access: 'rwm' }]);
  assert.deepEqual(rulesOf(undefined), []);
});

test('devices: default access, renamed, directories, and what is none', () => {
  const node = (path: string) => ({ path, type: 'c' as const, major: 10, minor: 1, fileMode: 0o600, uid: 0, gid: 0 });
  const devices = (path: string) =>
    path === '/dev/snd' ? [node('/dev/snd/a'), node('/dev/snd/b')] : path === '/dev/x' ? [node('/dev/x')] : [];
  const spec = builtSpec({ devices: ['/dev/x', '/dev/x:/dev/y:r', '/dev/snd:/dev/sound:rw', '/dev/x:m'] }, { devices });
  assert.deepEqual(
    spec.linux.devices?.map((device) => device.path),
    ['/dev/x', '/dev/y', '/dev/sound/a', '/dev/sound/b'],
  );
  assert.deepEqual(
    spec.linux.resources?.devices?.slice(-5).map((rule) => rule.access),
    ['rwm', 'r', 'rw', 'rw', 'm'],
  );
  assert.throws(() => builtSpec({ devices: ['/dev/none'] }), { code: 'BODY_INVALID', field: 'devices[0]' });
  for (const bad of ['x', '/dev/x:y', '/dev/x:/dev/y:q', '/a:/b:r:w'])
    assert.throws(() => builtSpec({ devices: [bad] }, { devices }), { field: 'devices[0]' }, bad);
});
