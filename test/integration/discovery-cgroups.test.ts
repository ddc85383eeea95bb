import assert from 'node:assert/strict';
import { rmdirSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { type CgroupSet, directories, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { frozenState } from '#runtime/cgroup/freezer.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { type Guest, guestIn, hasJoined, kernelText } from '#test/support/cgroup-guest.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { foundIn, handMade, records, settings } from '#test/support/hand-made.js';
import { requires } from '#test/support/requires.js';
import { SetPolicies } from '#test/support/set-policies.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['pids', 'freezer'] });
const PIDS_MAX = { v1: 'pids.max', v2: 'pids.max' };

function pidsMax(set: CgroupSet): string {
  return kernelText(set, 'pids', PIDS_MAX);
}

/** Once the guest is in it in every hierarchy, and the agent knows. */
async function there(agent: AgentBackend, set: CgroupSet, guest: Guest): Promise<ContainerView> {
  const { path } = set;
  await eventually(() => hasJoined(set, guest));
  return becomes(`${path} is listed`, () => foundIn(agent.backend.list(['other']), path));
}

async function setUp(t: TestContext, others: 'events' | 'scans' = 'events') {
  const policies = new SetPolicies();
  const parent = tempCgroupParent(t);
  const agent = await AgentBackend.start(t, { others, policies });
  return { policies, agent, path: `${parent}/plain` };
}

test(
  'a plain cgroup is listed while processes are in it, and gone with it; the root and the agent are never',
  NEEDS,
  async (t) => {
    const { agent, path } = await setUp(t);
    assert.equal(agent.backend.list().length, 0, 'only ours unless asked');
    const set = handMade(path);
    const guest = guestIn(t, set, ['sleep', '1000']);
    const view = await there(agent, set, guest);
    assert.deepEqual([view.id, view.runtime, view.state.status, view.state.pid], [path, 'other', 'running', guest.pid]);
    assert.equal(view.cgroups.pids, directoryOf(set, 'pids'));
    const all = agent.backend.list('all');
    assert.ok(!all.some(({ name }) => name === '/' || name === '' || name === agent.cgroupParent));
    assert.ok(!all.some(({ cgroups, state }) => state.pid === process.pid && Object.keys(cgroups).length > 0));
    assert.equal(agent.backend.inspect(path).name, path);
    assert.equal(agent.backend.inspect(`other:${path}`).name, path);
    assert.ok(agent.backend.stats(path).pids.current! >= 1);
    await guest.end();
    for (const { dir } of directories(set)) rmdirSync(dir);
    await becomes('it is gone', () => !agent.backend.list(['other']).some(({ name }) => name === path));
    const gone = (): boolean => {
      try {
        agent.backend.inspect(path);
        return false;
      } catch (error) {
        return (error as { code?: string }).code === 'CONTAINER_NOT_FOUND';
      }
    };
    await becomes('it is forgotten', gone);
  },
);

test('by scans alone too, where the kernel tells nothing', NEEDS, async (t) => {
  const { agent, path } = await setUp(t, 'scans');
  const set = handMade(path);
  const guest = guestIn(t, set, ['sleep', '1000']);
  assert.equal((await there(agent, set, guest)).name, path);
});

test('limit, freeze, thaw and kill by path; --clear puts back what was there, and the record goes', NEEDS, async (t) => {
  const { agent, path } = await setUp(t);
  const set = handMade(path, { pids: { max: 77 } });
  const guest = guestIn(t, set, ['sleep', '1000']);
  await there(agent, set, guest);
  const before = settings(set);
  await agent.backend.setLimits(path, { pids: { max: 50 } }, { clear: false });
  assert.equal(pidsMax(set), '50');
  assert.equal(records(agent.root).length, 1);
  assert.equal(agent.backend.inspect(path).limitSources['pids.max'], 'override');
  await agent.close();
  await agent.open();
  assert.equal(pidsMax(set), '50');
  await agent.backend.setLimits(path, {}, { clear: true });
  assert.equal(pidsMax(set), '77');
  assert.deepEqual(records(agent.root), []);
  assert.deepEqual(settings(set), before);

  await agent.backend.freeze(path, {});
  assert.equal(frozenState(set), 'frozen');
  assert.equal(agent.backend.inspect(path).state.status, 'frozen');
  await agent.backend.thaw(path);
  assert.equal(frozenState(set), 'thawed');
  assert.deepEqual(settings(set), before);
  await agent.backend.kill(path, 'SIGKILL');
  await becomes('its process is dead', () => guest.child.signalCode === 'SIGKILL');
});

test('a freeze with a deadline ends under the next agent', NEEDS, async (t) => {
  const { agent, path } = await setUp(t);
  const set = handMade(path);
  await there(agent, set, guestIn(t, set, ['sleep', '1000']));
  // On a slow machine a short one is over before the agent has closed.
  for (const forMs of [500, 5000, 50_000]) {
    await agent.backend.freeze(path, { forMs });
    await agent.close();
    if (frozenState(set) === 'frozen') break;
    assert.notEqual(forMs, 50_000, 'it was thawed at once');
    await agent.open();
  }
  await agent.open();
  await becomes('it is thawed', () => frozenState(set) === 'thawed');
  await becomes('the record is gone', () => records(agent.root).length === 0);
});

test('a policy governs the plain cgroups it names, and no other; what it set goes back with it', NEEDS, async (t) => {
  const { agent, path, policies } = await setUp(t);
  await agent.close();
  const sets = [handMade(path, { pids: { max: 77 } }), handMade(`${path}-2`, { pids: { max: 88 } })] as const;
  for (const set of sets) guestIn(t, set, ['sleep', '1000']);
  const before = sets.map(settings);
  await agent.open();
  policies.set('everyone', { name: '*' }, { pids: { max: 40 } });
  policies.set('it', { cgroup: path }, { pids: { max: 50 } });
  await agent.containers.govern();
  assert.deepEqual(sets.map(pidsMax), ['50', '88']);
  assert.deepEqual(settings(sets[1]), before[1], 'what nobody claims is not touched');
  writeFileSync(`${directoryOf(sets[0], 'pids')}/pids.max`, '60');
  await agent.reassert();
  assert.equal(pidsMax(sets[0]), '50');
  policies.remove('it');
  await agent.containers.govern();
  assert.deepEqual(sets.map(settings), before);
  assert.deepEqual(records(agent.root), []);
});

test(
  'a cgroup that appears later is governed at once; another one of the same path has nothing of the first',
  NEEDS,
  async (t) => {
    const { agent, path, policies } = await setUp(t);
    policies.set('it', { cgroup: path }, { pids: { max: 50 } });
    const first = handMade(path, { pids: { max: 77 } });
    await becomes('the policy is in force', () => pidsMax(first) === '50');
    await becomes('on record', () => records(agent.root).length === 1);
    await agent.close();
    for (const { dir } of directories(first)) rmdirSync(dir);
    policies.remove('it');
    const second = handMade(path, { pids: { max: 99 } });
    const before = settings(second);
    await agent.open();
    await agent.containers.govern();
    assert.deepEqual(settings(second), before);
    assert.deepEqual(records(agent.root), []);
  },
);

test('what cannot be governed is refused: the root, no cgroup, our own, a rename', NEEDS, async (t) => {
  const { agent, path } = await setUp(t);
  const set = handMade(path);
  await there(agent, set, guestIn(t, set, ['sleep', '1000']));
  assert.throws(() => agent.backend.inspect('/'), { code: 'CGROUP_PATH_INVALID' });
  assert.throws(() => agent.backend.inspect('/no/such'), { code: 'CONTAINER_NOT_FOUND' });
  const id = await agent.run('sleep 1000');
  assert.equal(agent.backend.inspect(`${agent.cgroupParent}/${id}`).id, id, 'a path of ours is ours');
  assert.throws(() => agent.backend.inspect(`${agent.cgroupParent}/${id}/x`), { code: /NOT_FOUND|CONFLICT/ });
  await assert.rejects(agent.backend.stop(path, {}), { code: 'NOT_OURS' });
  await assert.rejects(agent.backend.remove(path, { force: true }), { code: 'NOT_OURS' });
  await assert.rejects(agent.backend.rename(path, 'x'), { code: 'NOT_OURS' });
});
