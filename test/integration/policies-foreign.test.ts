import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentHere } from '#test/support/agent-here.js';
import { handMade } from '#test/support/hand-made.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
const MiB = 1 << 20;
const FOUND = { memory: { maxBytes: 300 * MiB }, pids: { max: 77 }, cpu: { weight: 200 } } as const;
const SEEN = ['memory', 'cpu', 'pids'];
const LIMITS = { memory: { max: '200m' }, pids: { max: 50 }, cpu: { weight: 50 } };

/** In every hierarchy that the tests look at: it is found in one after the other. */
async function found(agent: AgentHere, path: string): Promise<void> {
  await agent.until(`${path} is found`, async () => {
    const { cgroups } = await agent.client.inspect(path);
    return SEEN.every((controller) => controller in cgroups);
  });
}

test('diff tells of plain cgroups that no policy claims yet what the kernel says now, and apply does that', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const path = `${parent}/plain`;
  handMade(path, FOUND);
  handMade(`${parent}/beside`, FOUND);
  await found(agent, path);
  const text = policyText('p', { match: { cgroup: path }, limits: LIMITS });
  const { containers } = await agent.client.diffPolicies(text);
  assert.deepEqual(
    containers.map(({ name }) => name),
    [path],
  );
  const changes = containers[0]?.changes.map(({ field, from, to, toSource }) => [field, from, to, toSource]);
  assert.deepEqual(changes?.toSorted(), [
    ['cpu.weight', 200, 50, 'policy/p'],
    ['memory.max', 300 * MiB, 200 * MiB, 'policy/p'],
    ['pids.max', 77, 50, 'policy/p'],
  ]);
  await agent.client.putPolicy('p', text);
  const rows = (await agent.journal(path)).map(({ field, before, after }) => [field, before, after, 'policy/p']);
  assert.deepEqual(rows.toSorted(), changes?.toSorted());
  assert.deepEqual((await agent.client.diffPolicies(text)).containers, []);
});

test('journal and events of the first act tell what was found and goes back, observed as enforced', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const modes = ['enforce', 'observe'] as const;
  for (const mode of modes) handMade(`${parent}/${mode}`, FOUND);
  for (const mode of modes) {
    await found(agent, `${parent}/${mode}`);
    await agent.policy('p', { match: { cgroup: `${parent}/${mode}` }, enforce: mode, limits: LIMITS });
    await agent.policy('p', { match: { cgroup: `${parent}/${mode}` }, enforce: mode, limits: { ...LIMITS, pids: { max: 40 } } });
    await agent.client.removePolicy('p');
  }
  const told = async (mode: string) =>
    (await agent.journal(`${parent}/${mode}`)).map(({ field, before, after, reason, undo, values }) =>
      JSON.stringify({ field, before, after, reason, undo, values }),
    );
  const [enforced, observed] = [await told('enforce'), await told('observe')];
  assert.deepEqual(observed.toSorted(), enforced.toSorted());
  const rows = enforced.map((row) => JSON.parse(row) as Record<string, unknown>);
  assert.deepEqual(rows.map(({ field, before, after }) => [field, before, after].join(' ')).toSorted(), [
    'cpu.weight 200 50',
    'cpu.weight 50 200',
    `memory.max ${200 * MiB} ${300 * MiB}`,
    `memory.max ${300 * MiB} ${200 * MiB}`,
    'pids.max 40 77',
    'pids.max 50 40',
    'pids.max 77 50',
  ]);
  const undo = rows.find(({ field, before }) => field === 'pids.max' && before === 77)?.undo;
  assert.equal(undo, 'goes back to 77 when policy/p goes');
});

test('/metrics has the plain cgroups that policies and people govern, as containers of others, and no more', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const paths = ['ruled', 'limited', 'beside'].map((name) => `${parent}/${name}`);
  for (const path of paths) handMade(path, FOUND);
  for (const path of paths) await found(agent, path);
  await agent.policy('p', { match: { cgroup: paths[0] }, limits: LIMITS });
  await agent.client.setLimits(paths[1] ?? '', { memory: { max: '100m' } });
  const limits = async () =>
    (await agent.client.metrics())
      .split('\n')
      .filter((line) => line.startsWith('container_spec_memory_limit_bytes') && line.includes(parent));
  const line = (path = '', bytes: number) => `container_spec_memory_limit_bytes{id="${path}",name="${path}",image=""} ${bytes}`;
  assert.deepEqual((await limits()).toSorted(), [line(paths[0], 200 * MiB), line(paths[1], 100 * MiB)].toSorted());
  assert.match(await agent.client.metrics(), /^tsgov_policy_containers\{policy="p"\} 1$/m);
  await agent.client.removePolicy('p');
  await agent.client.setLimits(paths[1] ?? '', {}, { clear: true });
  assert.deepEqual(await limits(), []);
});

test('what a person sets first is told with what was found', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await AgentHere.start(t, { tickMs: 100 });
  const path = `${parent}/plain`;
  handMade(path, FOUND);
  await found(agent, path);
  await agent.client.setLimits(path, { pids: { max: 50 }, cpu: { weight: 50 } });
  await agent.client.setLimits(path, {}, { clear: true });
  const rows = (await agent.journal(path)).map(({ field, before, after }) => [field, before, after].join(' '));
  assert.deepEqual(rows.toSorted(), ['cpu.weight 200 50', 'cpu.weight 50 200', 'pids.max 50 77', 'pids.max 77 50']);
});
