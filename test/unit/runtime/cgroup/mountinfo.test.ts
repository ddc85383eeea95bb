import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountAt, parseMountinfo } from '#runtime/cgroup/mountinfo.js';

test('a line with optional fields, escapes and options', () => {
  const [mount] = parseMountinfo(
    '36 35 98:0 /mnt1 /mnt\\0402/\\303\\244 rw,noatime master:1 propagate_from:2 - ext3 /dev/\\134root rw,errors=continue\n',
  );
  assert.deepEqual(mount, {
    id: 36,
    parentId: 35,
    major: 98,
    minor: 0,
    root: '/mnt1',
    mountPoint: '/mnt 2/ä',
    options: ['rw', 'noatime'],
    propagation: ['master:1', 'propagate_from:2'],
    fsType: 'ext3',
    source: '/dev/\\root',
    superOptions: ['rw', 'errors=continue'],
  });
});

test('text that is no mountinfo throws with the line', () => {
  assert.throws(() => parseMountinfo('hello world\n'), /hello world/);
});

const STACKED = parseMountinfo(`1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 0:5 / /mnt rw - tmpfs below rw
3 2 0:6 / /mnt/a rw - tmpfs hidden rw
4 2 0:7 / /mnt rw - tmpfs above rw
5 4 0:8 / /mnt/b rw - tmpfs b rw
`);

test('the topmost of stacked mounts is what a path is on, and hides what was below', () => {
  const at = (path: string) => mountAt(STACKED, path)?.source;
  assert.equal(at('/'), '/dev/sda1');
  assert.equal(at('/mntx'), '/dev/sda1');
  assert.equal(at('/mnt'), 'above');
  assert.equal(at('/mnt/a/file'), 'above');
  assert.equal(at('/mnt/b/c'), 'b');
});

test('a root over a root', () => {
  const mounts = parseMountinfo(
    '1 0 0:1 / / rw - rootfs rootfs rw\n2 1 8:1 / / rw - ext4 /dev/sda1 rw\n3 2 8:2 / /x rw - ext4 /dev/sda2 rw\n',
  );
  assert.equal(mountAt(mounts, '/y')?.source, '/dev/sda1');
  assert.equal(mountAt(mounts, '/x/y')?.source, '/dev/sda2');
});
