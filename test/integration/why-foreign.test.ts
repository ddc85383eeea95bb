import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentHere } from '#test/support/agent-here.js';
import { guestIn } from '#test/support/cgroup-guest.js';
import { handMade } from '#test/support/hand-made.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['cpu', 'pids'] });

test('why a plain cgroup that nothing of tsgov is in force on, running and frozen', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const path = `${parent}/plain`;
  const set = handMade(path, { pids: { max: 2 } });
  guestIn(t, set, ['sh', '-c', 'sleep 1000 & wait']);
  await agent.until('both processes', async () => (await agent.client.stats(path)).pids.current === 2);
  const running = await agent.client.why(path, { window: '300ms' });
  assert.deepEqual(
    running.factors.map(({ kind, setBy }) => [kind, setBy]),
    [['pids-max', 'other']],
  );
  assert.ok(running.windowMs >= 300, `${running.windowMs} ms`);
  await agent.client.freeze(path);
  const frozen = await agent.client.why(path, { window: '100ms' });
  const { containers } = await agent.client.usage({ runtime: ['other'] });
  // First, or else nothing could end it where this fails.
  await agent.client.thaw(path);
  assert.equal(frozen.status, 'frozen');
  assert.equal(containers.find(({ id }) => id === path)?.status, 'frozen');
  assert.deepEqual(
    frozen.factors.map(({ kind, setBy }) => [kind, setBy]),
    [['frozen', 'user']],
  );
  const thawed = await agent.client.why(path, { window: '100ms' });
  assert.deepEqual(
    thawed.factors.map(({ kind }) => kind),
    ['pids-max'],
  );
});

test("why a cgroup that somebody else made is held back: by a policy's limit, or by its maker's", NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const path = `${parent}/plain`;
  const set = handMade(path, { pids: { max: 2 } });
  guestIn(t, set, ['sh', '-c', 'sleep 1000 & while :; do :; done']);
  await agent.policy('slow', { match: { cgroup: path }, limits: { cpu: { max: 0.1 } } });
  const [quota, pids] = await agent.until('both', async () => {
    const { factors } = await agent.client.why(path, { window: '1s' });
    const found = ['cpu-quota', 'pids-max'].map((kind) => factors.find((factor) => factor.kind === kind));
    return found.every((factor) => factor !== undefined) && found;
  });
  assert.deepEqual([quota?.field, quota?.setBy, quota?.figures.maxCores], ['cpu.max', 'policy/slow', 0.1]);
  assert.deepEqual([pids?.field, pids?.setBy, pids?.figures.max], ['pids.max', 'other', 2]);
  assert.equal(quota?.changed?.actor, 'policy/slow');
});
