import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeFrame, encodeWords } from '#runtime/container/frames.js';
import { ALL_STREAMS, attached } from '#test/support/attached.js';
import { dropped, rawClient } from '#test/support/raw-client.js';
import { buildShim, collect, launched, sh, shimHost } from '#test/support/shim-host.js';

before(() => buildShim());

const GARBAGE = {
  'an unknown type': encodeFrame(99),
  'a length beyond every frame': Buffer.from('ffffffff02000000', 'hex'),
  'an attach of the wrong length': encodeFrame(1, Buffer.alloc(3)),
  'an attach mask with unknown bits': encodeWords(1, 8),
  'stdin without attaching it': encodeFrame(2, Buffer.from('x')),
  'signal 0': encodeWords(5, 0),
  'signal 65': encodeWords(5, 65),
  'a window of a million rows': encodeWords(3, 1_000_000, 1),
  'random bytes': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
};

for (const [what, bytes] of Object.entries(GARBAGE)) {
  test(`garbage: ${what} closes that client only`, async (t) => {
    const run = launched(t, await shimHost(t), { tape: sh('read line; echo "$line"'), stdin: true });
    const streams = await attached(run, ALL_STREAMS);
    const socket = await rawClient(t, run);
    const gone = dropped(socket);
    socket.write(bytes);
    await gone;
    streams.stdin.end('still here\n');
    assert.equal((await collect(streams.stdout)).toString(), 'still here\n');
  });
}

test('a frame that comes byte by byte is a frame', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('exec sleep 1000') });
  await run.process.started;
  const socket = await rawClient(t, run);
  for (const byte of encodeWords(5, 9)) {
    socket.write(Buffer.from([byte]));
    await sleep(1);
  }
  assert.equal((await run.record()).signal, 9);
});

test('the end of input is heard behind any number of frames that came with it', async (t) => {
  const host = await shimHost(t);
  const [attach, resize, start, end] = [encodeWords(1, 7), encodeWords(3, 10, 20), encodeFrame(4), encodeFrame(2)];
  const ends = Array.from({ length: 34 }, async (_, nth) => {
    const run = launched(t, host, { tape: sh('cat'), stdin: true });
    await run.process.started;
    const socket = await rawClient(t, run);
    socket.resume();
    const starts = Array.from({ length: nth >> 1 }, () => start);
    socket.write(Buffer.concat([attach, ...(nth % 2 === 0 ? [] : [resize]), ...starts, end]));
    assert.equal((await run.record()).exitCode, 0);
  });
  await Promise.all(ends);
});

test('random garbage from many clients disturbs nobody', async (t) => {
  const run = launched(t, await shimHost(t), { tape: sh('read line; echo "$line"'), stdin: true });
  const streams = await attached(run, ALL_STREAMS);
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
  // Never type 5 (a signal would end the container) and never stdin of one that attached it.
  const types = [1, 3, 4, 6, 16, 21, 0, 0xffffffff];
  for (let round = 0; round < 30; round += 1) {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => rawClient(t, run)));
    for (const socket of sockets) {
      const gone = dropped(socket);
      for (let n = random(5); n >= 0; n -= 1) {
        const payload = Buffer.from(Array.from({ length: [0, 4, 8, random(40)][random(4)]! }, () => random(4) * random(90)));
        socket.write(encodeFrame(types[random(types.length)]!, payload));
      }
      socket.end(Buffer.from(Array.from({ length: random(9) }, () => random(2))));
      await gone;
    }
  }
  streams.stdin.end('still here\n');
  assert.equal((await collect(streams.stdout)).toString(), 'still here\n');
});
