import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createGunzip, gunzipSync } from 'node:zlib';
import { gzipped } from '#agent/api/gzipped.js';

async function* chunksOf(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function whole(chunks: AsyncIterable<string>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of gzipped(chunks)) parts.push(part);
  return Buffer.concat(parts);
}

/** Some 3 MB, of many pieces, that do not repeat and are not ASCII. */
const LINES = Array.from({ length: 40 }, (_, chunk) =>
  Array.from({ length: 1000 }, (_, line) => `größe{nr="${chunk}"} ${Math.imul(chunk * 1000 + line, 2654435761)} …\n`).join(''),
);

test('what comes out is what went in, for a decompressor at once or in a stream, and for gzip(1)', async () => {
  for (const texts of [[], ['a'], ['', 'b', ''], LINES, [LINES.join('')]]) {
    const text = texts.join('');
    const compressed = await whole(chunksOf(...texts));
    assert.equal(gunzipSync(compressed).toString(), text);
    const { status, stdout } = spawnSync('gzip', ['-dc'], { input: compressed, maxBuffer: 1 << 30 });
    assert.equal(status, 0);
    assert.equal(stdout.toString(), text);
    const streamed: Buffer[] = [];
    const gunzip = createGunzip();
    gunzip.end(compressed);
    for await (const part of gunzip) streamed.push(part as Buffer);
    assert.equal(Buffer.concat(streamed).toString(), text);
  }
});

test('it is one member: nothing but its own trailer stands behind it', async () => {
  const compressed = await whole(chunksOf(...LINES));
  const text = Buffer.from(LINES.join(''));
  assert.equal(compressed.readUInt32LE(compressed.length - 4), text.length);
  assert.ok(compressed.length < text.length / 3, `${compressed.length} of ${text.length}`);
});

test('a fault of whoever makes the text is the reader’s, also while pieces are being compressed', async () => {
  async function* broken(): AsyncGenerator<string> {
    yield* LINES;
    throw new Error('no more');
  }
  await assert.rejects(whole(broken()), { message: 'no more' });
});

test('a reader that goes away ends whoever makes the text', async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) yield LINES[0] as string;
    } finally {
      ended = true;
    }
  }
  let read = 0;
  for await (const part of gzipped(endless())) {
    read += part.length;
    if (read > 100_000) break;
  }
  assert.ok(ended);
});
