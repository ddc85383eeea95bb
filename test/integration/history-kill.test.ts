import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryView } from '#agent/contract/journal.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 3);
let agent: LiveAgent;

before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

test('kill -9 at any moment: no tick that anybody could have seen is lost', ROOT, async (t) => {
  agent.ok('run', '-d', '--name', 'w', 'host:', 'sh', '-c', 'while :; do sleep 0.1; done');
  // Ticks from before the container ran.
  let before = await ticks();
  let seen = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    await agent.until('two ticks', async () => (await ticks()) >= before + 2);
    await sleep(Math.random() * 1000);
    seen += (await ticks()) - before;
    await agent.killAgent('SIGKILL');
    const killedMs = Date.now();
    await agent.startAgent();
    before = 0;
    const { times, samples } = await history(killedMs);
    const recorded = samples.reduce((sum, count) => sum + count, 0);
    t.diagnostic(`the last sample is from ${killedMs - Date.parse(times.at(-1)!)} ms before the kill`);
    assert.ok(recorded >= seen, `round ${round}: ${recorded} of ${seen} ticks`);
  }
  // What was taken over is gone from there; the agent's own tail is.
  await agent.until('tails are taken over', () => readdirSync(join(agent.state, 'history')).length <= 1);
});

/** So many the agent that runs has had. */
async function ticks(): Promise<number> {
  const { body } = await agent.api('GET', '/metrics');
  return Number(/^tsgov_agent_tick_seconds_count (\d+)$/m.exec(String(body))?.[1]);
}

/** What was recorded before this moment. */
async function history(untilMs: number): Promise<HistoryView> {
  const to = new Date(untilMs).toISOString();
  const { status, body } = await agent.api('GET', `/v1/containers/w/history?from=10m&to=${to}&step=1s&fields=memory.current`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as HistoryView;
}
