import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import { mountAt, parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import { ROOTS } from '#test/support/new-cgroup.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

describe('the disk behind a path', () => {
  test('of / and of a directory for temporary files is a whole disk of this machine', (t) => {
    const root = mountAt(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')), '/');
    // A guest's root is an overlay whose layers nobody sees any more.
    for (const path of [tempDir(t), ...(root?.fsType === 'overlay' ? [] : ['/'])]) {
      const { major, minor, name } = resolveBlockDevice(path, ROOTS, 'device');
      assert.equal(readFileSync(`/sys/block/${name}/dev`, 'latin1'), `${major}:${minor}\n`);
    }
  });

  test(
    'of a loop device is that device: the kernel writes its file for itself, past the limits of the disk below',
    requires({ root: true, binary: 'losetup', path: '/dev/loop-control' }),
    (t) => {
      const dir = tempDir(t);
      const image = join(dir, 'disk.img');
      writeFileSync(image, '');
      truncateSync(image, 1 << 20);
      const loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
      t.after(() => execFileSync('losetup', ['--detach', loop]));
      const found = resolveBlockDevice(loop, ROOTS, 'device');
      assert.equal(found.name, loop.slice('/dev/'.length));
      assert.equal(readFileSync(`/sys/block/${found.name}/dev`, 'latin1'), `${found.major}:${found.minor}\n`);
    },
  );
});
