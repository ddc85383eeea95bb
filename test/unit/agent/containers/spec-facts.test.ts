import assert from 'node:assert/strict';
import { mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSpecFacts, type SpecFacts } from '#agent/containers/spec-facts.js';
import type { Syscalls } from '#native/libc.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const EINVAL = 22;

/** A node whose kernel takes an overlay with an upper layer there, or does not. */
function facts(t: Teardown, upperWorks: boolean): { facts: SpecFacts; dir: string } {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'proc/self'), { recursive: true });
  mkdirSync(join(dir, 'data'));
  writeFileSync(
    join(dir, 'proc/self/mountinfo'),
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw\n23 22 8:2 / /usr rw - ext4 /dev/sda2 rw\n',
  );
  const syscalls = {
    fsopen: () => openSync('/dev/null', 'r'),
    fsconfig: (_fd: number, command: number) => (command === 6 && !upperWorks ? -EINVAL : 0),
  } as Partial<Syscalls> as Syscalls;
  return {
    dir,
    facts: readSpecFacts({
      syscalls,
      procRoot: join(dir, 'proc'),
      sysRoot: join(dir, 'sys'),
      dataRoot: join(dir, 'data'),
      hiddenPaths: ['/hidden'],
      seccomp: true,
      node: { hostCapabilities: 3n, kernel: [6, 1], arch: 'x64' },
    }),
  };
}

const overlay = { mounts: [{ destination: '/', type: 'overlay' }] } as OciConfig;

test('where the data directory carries an upper layer, writes go there and nothing needs saying', (t) => {
  const { facts: found, dir } = facts(t, true);
  assert.equal(found.hostFor('/c').upper, 'disk');
  assert.deepEqual(found.conditions(overlay), []);
  assert.deepEqual(readdirSync(join(dir, 'data')), [], 'what the probe left');
});

test('where it does not, writes go to memory, and whoever uses that is told why and what helps', (t) => {
  const { facts: found, dir } = facts(t, false);
  assert.equal(found.hostFor('/c').upper, 'tmpfs');
  const [condition] = found.conditions(overlay);
  assert.equal(condition?.reason, 'NoOverlayUpper');
  assert.match(condition?.message ?? '', new RegExp(`${dir}.*EINVAL.*--root`));
  assert.deepEqual(found.conditions({ mounts: [{ destination: '/proc', type: 'proc' }] } as OciConfig), []);
});

test('the node as containers are built on it', (t) => {
  const host = facts(t, true).facts.hostFor('/var/c');
  assert.equal(host.containerDir, '/var/c');
  assert.deepEqual(host.mountPoints, ['/', '/usr']);
  assert.deepEqual(host.hiddenPaths, ['/hidden']);
  assert.equal(host.seccomp, false, 'this kernel has no seccomp filters');
  assert.equal(host.apparmor, false);
  assert.deepEqual(
    host.devices('/dev/null').map(({ path, type, major, minor }) => ({ path, type, major, minor })),
    [{ path: '/dev/null', type: 'c', major: 1, minor: 3 }],
  );
  assert.deepEqual(host.devices('/etc/passwd'), []);
  assert.deepEqual(host.devices('/no/such'), []);
});

test('a seccomp profile or a bundle that cannot be read is the fault of its field', (t) => {
  const { facts: found, dir } = facts(t, true);
  const host = found.hostFor('/c');
  assert.throws(() => host.readSeccompProfile(join(dir, 'none.json')), { code: 'BODY_INVALID', field: 'securityOpt' });
  assert.throws(() => host.readBundle(dir), { code: 'IMAGE_INVALID', field: 'image' });
  writeFileSync(join(dir, 'config.json'), '{"ociVersion":');
  assert.throws(() => host.readBundle(dir), { code: 'IMAGE_INVALID', field: 'image' });
});

test("the image's own files are read inside its root", (t) => {
  const { facts: found, dir } = facts(t, true);
  const root = join(dir, 'image');
  mkdirSync(join(root, 'etc'), { recursive: true });
  symlinkSync('/etc/real', join(root, 'etc/passwd'));
  writeFileSync(join(root, 'etc/real'), 'inside');
  assert.equal(found.hostFor('/c').readRootFile(root, '/etc/passwd'), 'inside');
  assert.equal(found.hostFor('/c').readRootFile(root, '/etc/group'), undefined);
});
