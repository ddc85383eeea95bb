import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';

const ROUNDS = Number(process.env.TSGOV_TEST_LAUNCHES ?? 20);

test('stop, kill and restart at the same time: each run ends by what ended it, none by the end of the one before', async (t) => {
  const agent = await AgentBackend.start(t);
  // A child that outlives init for a moment, so that killing takes more than one look.
  const id = await agent.run('sleep 1000 & exec sleep 1000');
  const now = { timeoutMs: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const results = await Promise.allSettled([
      agent.backend.stop(id, now),
      agent.backend.restart(id, now),
      agent.backend.kill(id, 'SIGKILL'),
      agent.backend.restart(id, now),
      agent.backend.stop(id, now),
      agent.backend.restart(id, now),
    ]);
    for (const result of results)
      if (result.status === 'rejected') assert.equal((result.reason as { code?: string }).code, 'STATE_CONFLICT', result.reason);
    await agent.backend.start(id);
  }
  const ends = (await agent.events()).filter(({ type }) => type === 'die').map(({ attributes }) => attributes.exitCode);
  assert.ok(ends.length >= ROUNDS);
  assert.deepEqual(new Set(ends), new Set([137]));
});
