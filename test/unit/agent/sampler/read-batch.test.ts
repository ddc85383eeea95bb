import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ReadBatch } from '#agent/sampler/read-batch.js';
import { loadReadFiles, readFilesOneByOne } from '#native/read-files.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const LIBRARY = resolve(import.meta.dirname, '../../../../native/tsgov-read.so');

/** Descriptors of files with these texts. */
function opened(t: Teardown, texts: readonly string[]): number[] {
  const dir = tempDir(t);
  return texts.map((text, index) => {
    const path = join(dir, String(index));
    writeFileSync(path, text);
    const fd = openSync(path, 'r');
    t.after(() => closeSync(fd));
    return fd;
  });
}

const textOf = (batch: ReadBatch, number: number): string =>
  batch.buffer.toString('latin1', batch.start(number), batch.start(number) + batch.length(number));

for (const [how, load] of [
  ['one call for all', () => loadReadFiles(LIBRARY)],
  ['a call each', async () => readFilesOneByOne],
] as const)
  test(`${how}: files in the order they were asked for, twice over, and errno where one cannot be read`, async (t) => {
    const readFiles = await load();
    assert.ok(readFiles !== undefined, LIBRARY);
    const batch = new ReadBatch(readFiles);
    const [first = -1, empty = -1, last = -1] = opened(t, ['1234\n', '', 'usage_usec 7\n']);
    for (let round = 0; round < 2; round += 1) {
      batch.clear();
      const pulse = batch.add(first);
      batch.read();
      assert.equal(textOf(batch, pulse), '1234\n');
      const others = [empty, 1 << 20, last].map((fd) => batch.add(fd));
      batch.read();
      assert.equal(textOf(batch, pulse), '1234\n');
      assert.deepEqual(
        others.map((number) => batch.length(number)),
        [0, -constants.errno.EBADF, 13],
      );
      assert.equal(textOf(batch, others[2] ?? -1), 'usage_usec 7\n');
      assert.equal(batch.end, 18);
    }
  });

test('more files, and more in them, than there was room for', async (t) => {
  const texts = Array.from({ length: 30 }, (_, index) => `${index} `.repeat(20_000 + index));
  const fds = opened(t, texts);
  for (const readFiles of [readFilesOneByOne, (await loadReadFiles(LIBRARY)) ?? readFilesOneByOne]) {
    const batch = new ReadBatch(readFiles);
    const numbers = Array.from({ length: 1500 }, (_, index) => batch.add(fds[index % 3] ?? -1));
    const all = fds.map((fd) => batch.add(fd));
    batch.read();
    for (const [index, number] of numbers.entries()) assert.equal(batch.length(number), texts[index % 3]?.length);
    for (const [index, number] of all.entries()) assert.equal(textOf(batch, number), texts[index]);
    assert.ok(batch.room().length > 0);
    assert.equal(textOf(batch, all[29] ?? -1), texts[29]);
  }
});

test('a library that is not there is none', async () => {
  assert.equal(await loadReadFiles('/does/not/exist.so'), undefined);
});
