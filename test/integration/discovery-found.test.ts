import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cgroupsOf } from '#agent/discovery/own-cgroups.js';
import { cgroupDir } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, directories, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { frozenState } from '#runtime/cgroup/freezer.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { guestIn, kernelText } from '#test/support/cgroup-guest.js';
import { becomes } from '#test/support/eventually.js';
import { handMade, records, settings } from '#test/support/hand-made.js';
import { requires } from '#test/support/requires.js';
import { SetPolicies } from '#test/support/set-policies.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['pids', 'freezer'] });
/** Where hierarchies are found one after the other. */
const LATE = requires({ root: true, cgroup: ['v1', 'hybrid'], controller: ['pids', 'freezer'] });
const PIDS_MAX = { v1: 'pids.max', v2: 'pids.max' };

async function setUp(t: TestContext, others: 'events' | 'scans' = 'events') {
  const policies = new SetPolicies();
  const parent = tempCgroupParent(t);
  const agent = await AgentBackend.start(t, { others, policies });
  return { policies, agent, path: `${parent}/plain` };
}

const removed = (set: CgroupSet): void => {
  for (const { dir } of directories(set)) rmdirSync(dir);
};

/** Sets what the cgroup's owner may have set, where this host has the file. */
function write(set: CgroupSet, files: readonly (readonly [controller: string, file: string, value: string])[]): void {
  for (const [controller, file, value] of files) {
    const path = `${directoryOf(set, controller as 'cpu')}/${file}`;
    try {
      writeFileSync(path, value, { flag: 'r+' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

const EVERYTHING: Limits = {
  cpu: { maxCores: 0.5, periodUsec: 50_000, weight: 50, burstUsec: 1000 },
  cpuset: { cpus: '0', mems: '0' },
  memory: { maxBytes: 64 << 20, lowBytes: 8 << 20, swapMaxBytes: 16 << 20, highBytes: 48 << 20, oomGroup: true },
  io: { weight: 200 },
  pids: { max: 60 },
  hugetlb: { '2MB': 4 << 20 },
};

test('whatever was set, in files that tell it twice too and in cpusets below, is as it was found', NEEDS, async (t) => {
  const { agent, policies, path } = await setUp(t);
  const set = handMade(path, { pids: { max: 77 }, cpu: { maxCores: 0.7 } });
  write(set, [
    ['hugetlb', 'hugetlb.2MB.rsvd.max', '8388608'],
    ['hugetlb', 'hugetlb.2MB.rsvd.limit_in_bytes', '8388608'],
    ['io', 'io.bfq.weight', '300'],
    ['cpu', 'cpu.shares', '777'],
  ]);
  // One of v1 has no process in the cgroup that says "none".
  const cpuset = directoryOf(set, 'cpuset');
  const nested = `${cpuset}/below`;
  if (set.host.carriers.cpuset?.version === 1) {
    mkdirSync(nested);
    writeFileSync(`${nested}/cpuset.cpus`, readFileSync(`${cpuset}/cpuset.cpus`, 'utf8').trim().at(-1) ?? '0', { flag: 'r+' });
    writeFileSync(`${nested}/cpuset.mems`, '0', { flag: 'r+' });
  }
  const below = (): string => (set.host.carriers.cpuset?.version === 1 ? readFileSync(`${nested}/cpuset.cpus`, 'utf8') : '');
  const before = [settings(set), below()];
  policies.set('all', { cgroup: path }, EVERYTHING);
  await becomes('governed', async () => {
    await agent.containers.govern();
    return kernelText(set, 'pids', PIDS_MAX) === '60' && agent.backend.inspect(path).cgroups.unified !== undefined;
  });
  assert.notDeepEqual([settings(set), below()], before);
  // The note outlives an agent.
  await agent.close();
  await agent.open();
  policies.remove('all');
  await agent.containers.govern();
  assert.deepEqual([settings(set), below()], before);
  assert.deepEqual(records(agent.root), []);
});

test('a record is of a cgroup, whatever its runtime was taken for then', NEEDS, async (t) => {
  const { agent, path } = await setUp(t);
  const set = handMade(path, { pids: { max: 77 } });
  await agent.backend.setLimits(path, { pids: { max: 50 } }, { clear: false });
  await agent.close();
  // As when a shim, by which a container was known, has been killed.
  const dir = join(agent.root, 'foreign');
  const [name = ''] = readdirSync(dir);
  const record = JSON.parse(readFileSync(join(dir, name), 'utf8')) as object;
  writeFileSync(join(dir, name), JSON.stringify({ ...record, runtime: 'containerd', id: 'it' }));
  await agent.open();
  assert.equal(agent.backend.inspect(path).limitSources['pids.max'], 'override');
  assert.equal(records(agent.root).length, 1, 'under the name it has now');
  await agent.backend.setLimits(path, {}, { clear: true });
  assert.equal(kernelText(set, 'pids', PIDS_MAX), '77');
  await agent.close();
  await agent.open();
  assert.deepEqual(records(agent.root), []);
});

test('a hierarchy that comes after the limits has what was found there back, too', LATE, async (t) => {
  const { agent, policies, path } = await setUp(t, 'scans');
  const { pids, freezer } = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }).carriers;
  assert.ok(pids !== undefined && freezer !== undefined);
  const [early, late] = [cgroupDir(freezer, path), cgroupDir(pids, path)];
  mkdirSync(early, { recursive: true });
  policies.set('all', { cgroup: path }, { pids: { max: 60 } });
  await becomes('it is listed', () => agent.backend.list(['other']).some(({ name }) => name === path));
  await agent.containers.govern();
  mkdirSync(late, { recursive: true });
  writeFileSync(join(late, 'pids.max'), '77', { flag: 'r+' });
  await becomes('held there', () => readFileSync(join(late, 'pids.max'), 'utf8') === '60\n');
  policies.remove('all');
  await agent.containers.govern();
  assert.equal(readFileSync(join(late, 'pids.max'), 'utf8'), '77\n');
  assert.deepEqual(records(agent.root), []);
});

test('removed and made anew between two scans: the new one has nothing of the old one', NEEDS, async (t) => {
  const { agent, policies, path } = await setUp(t, 'scans');
  const first = handMade(path, { pids: { max: 77 } });
  await agent.backend.setLimits(path, { pids: { max: 50 } }, { clear: false });
  assert.equal(records(agent.root).length, 1);
  removed(first);
  const second = handMade(path, { pids: { max: 99 } });
  const found = settings(second);
  await becomes('the record is gone', () => records(agent.root).length === 0);
  await agent.reassert();
  assert.deepEqual(settings(second), found);
  policies.set('it', { cgroup: path }, { pids: { max: 40 } });
  await becomes('governed', async () => {
    await agent.containers.govern();
    return kernelText(second, 'pids', PIDS_MAX) === '40';
  });
  policies.remove('it');
  await agent.containers.govern();
  assert.deepEqual(settings(second), found);
});

test('one that goes while it is acted on leaves no record', NEEDS, async (t) => {
  const { agent, path } = await setUp(t);
  for (let round = 0; round < 10; round += 1) {
    const set = handMade(path, { pids: { max: 77 } });
    await agent.backend.setLimits(path, { pids: { max: 50 } }, { clear: false });
    const acts = [
      agent.backend.setLimits(path, { pids: { max: 40 }, cpu: { weight: 50 } }, { clear: false }),
      agent.backend.freeze(path, { forMs: 60_000 }),
      agent.backend.setLimits(path, {}, { clear: true }),
    ];
    const ended = Promise.allSettled(acts);
    if (round % 2 === 1) await new Promise((resume) => setTimeout(resume, round));
    removed(set);
    await ended;
    await becomes('its record is gone', () => records(agent.root).length === 0);
  }
});

test(
  'what cannot be put on record is not done: on a full disk limits and freezes are refused, and stay as they were',
  NEEDS,
  async (t) => {
    let agent: AgentBackend | undefined;
    let disk = '';
    t.after(() => agent?.stop());
    t.after(() => assert.equal(spawnSync('umount', [disk]).status, 0));
    disk = tempDir(t);
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tsgov-test', disk]).status, 0);
    const path = `${tempCgroupParent(t)}/plain`;
    agent = Object.assign(AgentBackend.at(disk, tempCgroupParent(t)), { others: 'events' });
    await agent.open();
    const set = handMade(path, { pids: { max: 77 } });
    const found = settings(set);
    const ours = await agent.run('sleep 1000', { limits: { pids: { max: 66 } } });
    const before = agent.backend.inspect(ours);
    const filler = join(disk, 'filler');
    spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']);
    for (const ref of [path, ours]) {
      await assert.rejects(agent.backend.setLimits(ref, { pids: { max: 50 } }, { clear: false }), {
        code: 'KERNEL',
        message: /ENOSPC/,
      });
      await assert.rejects(agent.backend.freeze(ref, { forMs: 60_000 }), { code: 'KERNEL', message: /ENOSPC/ });
    }
    await agent.reassert();
    assert.deepEqual(settings(set), found);
    assert.deepEqual(agent.backend.inspect(ours), before);
    assert.deepEqual(agent.backend.inspect(path).limitSources, {});
    assert.equal(agent.backend.limits(ours).pids?.max, 66);
    rmSync(filler);
    for (const ref of [path, ours]) await agent.backend.setLimits(ref, { pids: { max: 50 } }, { clear: false });
    assert.equal(kernelText(set, 'pids', PIDS_MAX), '50');
    assert.equal(agent.backend.limits(ours).pids?.max, 50);
  },
);

test('an agent that somebody moved into a governed cgroup neither freezes nor kills that', NEEDS, async (t) => {
  const { agent, policies, path } = await setUp(t);
  const set = handMade(path);
  const guest = guestIn(t, set, ['sleep', '1000']);
  await becomes('it is listed', () => agent.backend.list(['other']).some(({ name }) => name === path));
  const { freezer } = set.host.carriers;
  assert.ok(freezer !== undefined);
  const home = `${cgroupDir(freezer, cgroupsOf(set.host, '/proc', 'self').get(freezer) ?? '/')}/cgroup.procs`;
  const move = (file: string): void => writeFileSync(file, String(process.pid), { flag: 'r+' });
  // Lets this process go on should it be frozen after all.
  const [dir, unified] = [directoryOf(set, 'freezer'), directoryOf(set, 'unified')];
  const thaw = `sleep 30; echo THAWED > ${dir}/freezer.state; echo 0 > ${unified}/cgroup.freeze`;
  const rescue = spawn('sh', ['-c', thaw], { stdio: 'ignore' });
  t.after(() => void rescue.kill('SIGKILL'));
  try {
    move(`${dir}/cgroup.procs`);
    await assert.rejects(agent.backend.freeze(path, {}), { code: 'STATE_CONFLICT', message: /the agent itself is in it/ });
    await assert.rejects(agent.backend.setLimits(path, { state: 'frozen' }, { clear: false }), { code: 'STATE_CONFLICT' });
    await assert.rejects(agent.backend.kill(path, 'SIGKILL'), { code: 'STATE_CONFLICT' });
    policies.set('ice', { cgroup: path }, { state: 'frozen' });
    await agent.containers.govern();
    const { conditions } = agent.backend.inspect(path);
    assert.match(conditions.find(({ type }) => type === 'PolicyFailed')?.message ?? '', /the agent itself is in it/);
    assert.equal(frozenState(set), 'thawed');
    assert.equal(guest.child.signalCode, null);
  } finally {
    move(home);
  }
  await agent.containers.govern();
  await becomes('frozen now', () => frozenState(set) === 'frozen');
  policies.remove('ice');
  await agent.containers.govern();
  assert.equal(frozenState(set), 'thawed');
});
