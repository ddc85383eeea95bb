import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { buildPlayer, playTape, straight } from '#test/support/play-tape.js';

before(() => buildPlayer());

test('a program is started with its arguments and environment, and its exit code comes back', async (t) => {
  const played = await playTape(
    t,
    straight([{ op: 'exec', argv: ['sh', '-c', 'echo "$A $1"; exit 7', 'sh', 'b'], envp: ['A=a', 'PATH=/nowhere:/usr/bin'] }]),
  );
  assert.deepEqual(played.messages, []);
  assert.equal(played.stdout, 'a b\n');
  assert.deepEqual(
    played.exits.map(({ code, signal }) => ({ code, signal })),
    [{ code: 7, signal: 0 }],
  );
});
