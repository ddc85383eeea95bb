import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hostDevices } from '#agent/containers/host-devices.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

test('a directory stands for the device nodes below it, not for what links in it name', requires({ root: true }), (t) => {
  const dir = tempDir(t);
  mkdirSync(join(dir, 'net'));
  execFileSync('mknod', ['-m', '620', join(dir, 'net/tun'), 'c', '10', '200']);
  // As /dev/stdin of a background agent, whose stdin is /dev/null: it is a link in every container already.
  symlinkSync('/dev/null', join(dir, 'stdin'));
  symlinkSync('nowhere', join(dir, 'dangling'));
  writeFileSync(join(dir, 'file'), '');
  const tun = { path: join(dir, 'net/tun'), type: 'c', major: 10, minor: 200, fileMode: 0o620, uid: 0, gid: 0 };
  assert.deepEqual(hostDevices(dir), [tun]);
});

test('a path given by itself may be a link to a device node or to a directory of some', (t) => {
  const dir = tempDir(t);
  symlinkSync('/dev/null', join(dir, 'by-id'));
  const [device, ...more] = hostDevices(join(dir, 'by-id'));
  assert.deepEqual([device?.path, device?.type, device?.major, device?.minor, more], [join(dir, 'by-id'), 'c', 1, 3, []]);
  assert.deepEqual(hostDevices(join(dir, 'none')), []);
  assert.deepEqual(hostDevices('/etc/passwd'), []);
});
