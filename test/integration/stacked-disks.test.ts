import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import { requires } from '#test/support/requires.js';
import { type Teardown, tempDir, uniqueName } from '#test/support/temp.js';

const ROOTS = { procRoot: '/proc', sysRoot: '/sys' };
const NEEDS = requires({ root: true, binary: ['losetup', 'dmsetup'], path: ['/dev/loop-control', '/dev/mapper/control'] });
const MiB = 2 ** 20;
const SECTORS = (4 * MiB) / 512;

test('of a device mapper device over one disk is that disk, of one over two is itself', NEEDS, (t) => {
  const dir = tempDir(t);
  const [first, second] = [loop(t, join(dir, 'a.img')), loop(t, join(dir, 'b.img'))];
  const linear = mapped(t, [`0 ${SECTORS} linear ${first} 0`]);
  const whole = resolveBlockDevice(linear, ROOTS, 'device');
  assert.equal(`/dev/${whole.name}`, first);
  assert.equal(readFileSync(`/sys/block/${whole.name}/dev`, 'latin1'), `${whole.major}:${whole.minor}\n`);
  const joined = mapped(t, [`0 ${SECTORS} linear ${first} 0`, `${SECTORS} ${SECTORS} linear ${second} 0`]);
  assert.match(resolveBlockDevice(joined, ROOTS, 'device').name, /^dm-\d+$/);
});

function loop(t: Teardown, image: string): string {
  writeFileSync(image, '');
  truncateSync(image, 4 * MiB);
  const device = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
  t.after(() => void execFileSync('losetup', ['--detach', device]));
  return device;
}

/** The kernel's own node: links in /dev/mapper are udev's, which not every node has. */
function mapped(t: Teardown, table: readonly string[]): string {
  const name = uniqueName();
  t.after(() => void execFileSync('dmsetup', ['remove', '--retry', '--noudevsync', name]));
  execFileSync('dmsetup', ['create', '--noudevsync', name], { input: table.join('\n') });
  const info = ['info', '--columns', '--noheadings', '-o', 'blkdevname', name];
  return `/dev/${execFileSync('dmsetup', info, { encoding: 'utf8' }).trim()}`;
}
