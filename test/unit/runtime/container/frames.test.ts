import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, encodeWords, FrameParser } from '#runtime/container/frames.js';

function parse(chunks: readonly Buffer[]): [number, string][] {
  const frames: [number, string][] = [];
  const parser = new FrameParser();
  for (const chunk of chunks) parser.push(chunk, (type, payload) => frames.push([type, payload.toString('hex')]));
  return frames;
}

test('frames come out as they went in, wherever the stream is cut', () => {
  const frame = fc.tuple(fc.nat(0xffffffff), fc.uint8Array({ maxLength: 300 }));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 400 })), (frames, cuts) => {
      let rest = Buffer.concat(frames.map(([type, payload]) => encodeFrame(type, payload)));
      const chunks: Buffer[] = [];
      for (const cut of cuts) {
        chunks.push(rest.subarray(0, cut));
        rest = rest.subarray(cut);
      }
      const expected = frames.map(([type, payload]) => [type, Buffer.from(payload).toString('hex')]);
      assert.deepEqual(parse([...chunks, rest]), expected);
    }),
  );
});

test('words are little-endian u32', () => {
  assert.equal(encodeWords(3, 24, 80).toString('hex'), '08000000030000001800000050000000');
});

test('a length no frame has is an error, not an endless wait', () => {
  assert.throws(() => parse([Buffer.from('ffffffff11000000', 'hex')]), RangeError);
});
