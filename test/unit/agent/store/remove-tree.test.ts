import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeFile, removeTree } from '#agent/store/remove-tree.js';
import { tempDir } from '#test/support/temp.js';

test('files, links and what lies deeper go; what links point to stays; missing is fine, a file goes too', (t) => {
  const parent = tempDir(t);
  writeFileSync(join(parent, 'kept'), 'kept');
  mkdirSync(join(parent, 'other'));
  writeFileSync(join(parent, 'other/kept'), 'kept');
  const dir = join(parent, 'dir');
  mkdirSync(join(dir, 'deep/deeper'), { recursive: true });
  writeFileSync(join(dir, 'deep/deeper/file'), '');
  writeFileSync(join(dir, 'file'), '');
  symlinkSync('../kept', join(dir, 'link'));
  symlinkSync('../other', join(dir, 'directory'));
  symlinkSync('nowhere', join(dir, 'dangling'));
  removeTree(dir);
  assert.equal(existsSync(dir), false);
  assert.equal(readFileSync(join(parent, 'kept'), 'utf8') + readFileSync(join(parent, 'other/kept'), 'utf8'), 'keptkept');
  removeTree(dir);
  writeFileSync(dir, '');
  removeTree(dir);
  assert.equal(existsSync(dir), false);
  removeFile(dir);
  assert.throws(() => removeFile(join(parent, 'other')), { code: /EISDIR|EPERM/ });
});
