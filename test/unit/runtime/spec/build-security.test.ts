import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CAPABILITIES } from '#runtime/spec/capabilities.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';
import { builtSpec } from '#test/support/built-spec.js';

const CAPS: [string, Partial<ContainerConfig>, string[]][] = [
  ['drop all, add one', { capDrop: ['all'], capAdd: ['net_raw'] }, ['CAP_NET_RAW']],
  ['drop one of the defaults', { capDrop: ['CAP_CHOWN'] }, DEFAULT_CAPABILITIES.filter((name) => name !== 'CAP_CHOWN')],
  ['add one', { capAdd: ['sys_time'] }, [...DEFAULT_CAPABILITIES, 'CAP_SYS_TIME']],
];

for (const [name, config, expected] of CAPS) {
  test(`capabilities: ${name}`, () => {
    assert.deepEqual([...(builtSpec(config).process.capabilities?.bounding ?? [])].sort(), [...expected].sort());
  });
}

test('capabilities: all is what the host has; one it lacks is refused by name', () => {
  const all = builtSpec({ capAdd: ['ALL'], capDrop: ['mknod'] }).process.capabilities?.bounding ?? [];
  assert.ok(all.includes('CAP_SYS_ADMIN') && !all.includes('CAP_MKNOD') && !all.includes('CAP_SYS_RESOURCE'));
  assert.throws(() => builtSpec({ capAdd: ['NET_RAW', 'SYS_RESOURCE'] }), { code: 'SPEC_UNSUPPORTED', field: 'capAdd[1]' });
  assert.throws(() => builtSpec({ capDrop: ['NONSENSE'] }), { code: 'BODY_INVALID', field: 'capDrop[0]' });
});

test('privileged: everything the host has, no filter, nothing masked, its devices', () => {
  const vda = { path: '/dev/vda', type: 'b' as const, major: 254, minor: 0, fileMode: 0o660, uid: 0, gid: 6 };
  const own = { ...vda, path: '/dev/pts/3' };
  const spec = builtSpec({ privileged: true }, { devices: () => [vda, own] });
  assert.equal(spec.linux.seccomp, undefined);
  assert.deepEqual([spec.linux.maskedPaths, spec.linux.readonlyPaths], [[], []]);
  assert.deepEqual(
    spec.linux.devices?.map((device) => device.path),
    ['/dev/vda'],
  );
  assert.deepEqual(spec.linux.resources?.devices, [{ allow: true, access: 'rwm' }]);
  assert.ok(!spec.mounts?.find((mount) => mount.destination === '/sys')?.options?.includes('ro'));
  assert.ok(spec.process.capabilities?.bounding?.includes('CAP_SYS_ADMIN'));
});

test('security options', () => {
  assert.equal(builtSpec({ securityOpt: ['no-new-privileges'] }).process.noNewPrivileges, true);
  assert.equal(builtSpec({ securityOpt: ['no-new-privileges:false'] }).process.noNewPrivileges, false);
  assert.equal(builtSpec({ securityOpt: ['seccomp=unconfined'] }).linux.seccomp, undefined);
  assert.deepEqual(builtSpec({ securityOpt: ['systempaths=unconfined'] }).linux.maskedPaths, []);
  assert.equal(builtSpec({ securityOpt: ['apparmor=x'] }, { apparmor: true }).process.apparmorProfile, 'x');
  assert.equal(builtSpec({}, { seccomp: false }).linux.seccomp, undefined);
  assert.throws(() => builtSpec({ securityOpt: ['seccomp=/p.json'] }, { seccomp: false }), { code: 'SPEC_UNSUPPORTED' });
});
