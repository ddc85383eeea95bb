import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBackend } from '#test/support/agent-backend.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';

const V1 = requires({ root: true, cgroup: ['v1', 'hybrid'], controller: 'memory' });
const EATS = 'dd if=/dev/zero of=/dev/null bs=200M count=1';

test('cgroup v1 tells of OOM kills as they happen: with no tick, and nobody asking', V1, async (t) => {
  const agent = await AgentBackend.start(t);
  const eventfds = () => openFds().filter((fd) => fd.includes('[eventfd]')).length;
  const before = eventfds();
  const id = await agent.run(`while :; do ${EATS}; sleep 0.2; done`, { limits: { memory: { max: '32m', swap: 0 } } });
  const told = async () => (await agent.events()).filter(({ type, container }) => type === 'oom' && container?.id === id);
  await sleep(500);
  assert.deepEqual(await told(), [], 'nobody looks');
  agent.containers.followOoms();
  agent.containers.followOoms();
  assert.ok(eventfds() > before);
  const events = await becomes('three are told', async () => {
    const some = await told();
    return some.length >= 3 && some;
  });
  assert.ok(events.every(({ attributes }) => Number(attributes.kills) >= 1));
  const sum = events.reduce((all, { attributes }) => all + Number(attributes.kills), 0);
  assert.ok(sum <= (agent.backend.stats(id).memory.oomKills ?? 0), 'none is told twice');
  await agent.backend.remove(id, { force: true });
  agent.containers.followOoms();
  await eventually(() => eventfds() === before);
});
