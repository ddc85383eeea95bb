import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readLines } from '#agent/client/lines.js';
import { parseSse, type SseMessage } from '#agent/client/sse.js';

async function* chunks(parts: (Buffer | string)[]): AsyncGenerator<Buffer | string> {
  yield* parts;
}

async function all(...parts: (Buffer | string)[]): Promise<SseMessage[]> {
  const messages: SseMessage[] = [];
  for await (const message of parseSse(chunks(parts))) messages.push(message);
  return messages;
}

test('id, event and data of a message', async () => {
  assert.deepEqual(await all('id: 7\nevent: die\ndata: {"a":1}\n\n'), [{ id: '7', event: 'die', data: '{"a":1}' }]);
});

test('data lines are joined; one space after the colon is taken; without event it is message', async () => {
  assert.deepEqual(await all('data:a\ndata:  b\ndata\n\n'), [{ id: undefined, event: 'message', data: 'a\n b\n' }]);
});

test('comments, retry and unknown fields are skipped, and a message without data is none', async () => {
  assert.deepEqual(await all(': keep-alive\n\nretry: 1000\n\nfoo: bar\nevent: x\n\ndata: y\n\n'), [
    { id: undefined, event: 'message', data: 'y' },
  ]);
});

test('the id stays for messages that give none', async () => {
  assert.deepEqual(
    (await all('id: 1\ndata: a\n\ndata: b\n\n')).map((message) => message.id),
    ['1', '1'],
  );
});

test('a message cut off by the end of the stream is dropped', async () => {
  assert.deepEqual(await all('data: a\n\ndata: b\n'), [{ id: undefined, event: 'message', data: 'a' }]);
});

test('CRLF ends lines too', async () => {
  assert.deepEqual(await all('event: x\r\ndata: y\r\n\r\n'), [{ id: undefined, event: 'x', data: 'y' }]);
});

test('lines come out the same however the bytes are cut, in the middle of a character too', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.string({ unit: 'binary' }).map((text) => text.replaceAll(/[\n\r]/g, '')),
        { minLength: 1, maxLength: 5 },
      ),
      fc.array(fc.nat(64), { maxLength: 8 }),
      async (lines, cuts) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const expected = bytes.toString().split('\n').slice(0, -1);
        const parts: Buffer[] = [];
        let rest = bytes;
        for (const cut of cuts) {
          parts.push(rest.subarray(0, cut));
          rest = rest.subarray(cut);
        }
        const got: string[] = [];
        for await (const line of readLines(chunks([...parts, rest]))) got.push(line);
        assert.deepEqual(got, expected);
      },
    ),
  );
});
