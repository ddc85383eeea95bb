import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { TailFiles } from '#agent/store/history/tail/tail-files.js';
import { requires } from '#test/support/requires.js';
import { containerAt, snapshotAt } from '#test/support/rule-world.js';

test('a state directory that is full is not filled with empty files, tick by tick', requires({ root: true }), (t) => {
  const disk = mkdtempSync(join(tmpdir(), 'tsgov-test-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tsgov-test', disk]);
  t.after(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });
  const tails = new TailFiles(join(disk, 'history'));
  assert.deepEqual(tails.left(), []);
  assert.throws(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(1 << 20)), { code: 'ENOSPC' });
  for (let tick = 0; tick < 5; tick += 1)
    assert.throws(() => tails.observe(snapshotAt(tick * 1000, [containerAt('a')])), { code: 'ENOSPC' });
  assert.deepEqual(readdirSync(join(disk, 'history')), []);
  rmSync(join(disk, 'filler'));
  tails.observe(snapshotAt(5000, [containerAt('a')]));
  assert.equal(tails.finish()?.rows, 2, 'the node and its container');
  assert.equal(readdirSync(join(disk, 'history')).length, 1);
});
