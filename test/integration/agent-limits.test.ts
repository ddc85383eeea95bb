import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBackend } from '#test/support/agent-backend.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { kernelCpuMax, kernelFile } from '#test/support/kernel-files.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
const MiB = 1 << 20;

test('run, then override, then clear: the kernel says so each time, and each field says who set it', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec sleep 1000', { limits: { memory: { max: '64m' }, cpu: { max: 0.5, weight: 50 } } });
  const kernel = () => {
    const view = agent.backend.inspect(id);
    return [Number(kernelFile(view, 'memory.max')), kernelCpuMax(view), kernelFile(view, 'pids.max')];
  };
  assert.deepEqual(kernel(), [64 * MiB, 0.5, 'max']);
  await agent.backend.setLimits(id, { memory: { max: '128m' }, pids: { max: 20 } }, { clear: false });
  assert.deepEqual(kernel(), [128 * MiB, 0.5, '20']);
  assert.deepEqual(agent.backend.inspect(id).limitSources, {
    'memory.max': 'override',
    'cpu.max': 'run',
    'cpu.weight': 'run',
    'pids.max': 'override',
  });
  await agent.close();
  await agent.open();
  assert.deepEqual(kernel(), [128 * MiB, 0.5, '20']);
  const view = await agent.backend.setLimits(id, { cpu: { max: 0.25 } }, { clear: true });
  assert.deepEqual(kernel(), [64 * MiB, 0.25, 'max']);
  assert.equal(view.memory?.max, 64 * MiB);
  assert.equal(view.pids?.max, 'max');
  await agent.backend.setLimits(id, {}, { clear: true });
  assert.deepEqual(kernel(), [64 * MiB, 0.5, 'max']);
});

test('refused: nothing changes, in the kernel or on record', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec sleep 1000', { limits: { memory: { max: '64m' }, pids: { max: 30 } } });
  const before = JSON.stringify(agent.backend.inspect(id));
  for (const [limits, code] of [
    [{ pids: { max: 10 }, memory: { max: 1 } }, 'LIMIT_INVALID'],
    [{ pids: { max: 10 }, cpu: { max: 9999 } }, 'LIMIT_INVALID'],
    [{ pids: { max: 10 }, cpuset: { cpus: '777' } }, 'LIMIT_INVALID'],
    [{ pids: { max: 10 }, io: { devices: [{ device: '/no/such', readBps: 1 }] } }, 'DEVICE_UNKNOWN'],
    [{ pids: { max: 10 }, memory: { max: 'lots' } }, 'LIMIT_INVALID'],
  ] as const) {
    await assert.rejects(agent.backend.setLimits(id, limits as never, { clear: false }), { code });
    assert.equal(JSON.stringify(agent.backend.inspect(id)), before);
  }
  await assert.rejects(agent.create('true', { limits: { memory: { max: 1 } } }), {
    code: 'LIMIT_INVALID',
    field: 'limits.memory.max',
  });
});

test('of one that does not run: recorded, in force at its start', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('exec sleep 1000', { limits: { memory: { max: '64m' } } });
  const view = await agent.backend.setLimits(id, { memory: { max: '32m' }, pids: { max: 9 } }, { clear: false });
  assert.equal(view.memory?.max, 32 * MiB);
  await assert.rejects(agent.backend.setLimits(id, { memory: { max: 1 } }, { clear: false }), { code: 'LIMIT_INVALID' });
  await agent.backend.start(id);
  const running = agent.backend.inspect(id);
  assert.equal(Number(kernelFile(running, 'memory.max')), 32 * MiB);
  assert.equal(kernelFile(running, 'pids.max'), '9');
});

test('an OOM kill of a child is an event while the container goes on; one of its init is its end', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const eats = 'dd if=/dev/zero of=/dev/null bs=200M count=1';
  const id = await agent.run(`${eats}; exec sleep 1000`, { limits: { memory: { max: '32m', swap: 0 } } });
  await eventually(() => (agent.backend.stats(id).memory.oomKills ?? 0) > 0);
  assert.equal(agent.backend.inspect(id).state.status, 'running');
  const ooms = async () => (await agent.events()).filter((event) => event.type === 'oom' && event.container?.id === id).length;
  assert.equal(await ooms(), 1);
  agent.backend.stats(id);
  assert.equal(await ooms(), 1, 'told once');
  const ended = await agent.run(`exec ${eats}`, { limits: { memory: { max: '32m', swap: 0 } } });
  assert.equal(await agent.exit(ended), 137);
  assert.equal(agent.backend.inspect(ended).state.oomKilled, true);
  const types = (await agent.events()).filter((event) => event.container?.id === ended).map((event) => event.type);
  assert.deepEqual(types, ['create', 'start', 'oom', 'die']);
});

test('a fork bomb stops at pids.max and takes nothing else with it', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('bomb() { bomb | bomb & }; bomb; exec sleep 1000', { limits: { pids: { max: 40 } } });
  let most = 0;
  const look = (): void => {
    most = Math.max(most, agent.backend.stats(id).pids.current ?? 0);
  };
  await becomes('it grows', () => {
    look();
    return most > 5;
  });
  for (let i = 0; i < 100; i += 1) {
    look();
    await sleep(10);
  }
  assert.ok(most <= 40, `${most} processes`);
  await agent.backend.remove(id, { force: true });
});

test('freeze and thaw as a limit, and by name; twice is refused', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('while :; do :; done', { limits: { cpu: { max: 0.2 } } });
  await agent.backend.setLimits(id, { state: 'frozen' }, { clear: false });
  assert.equal(agent.backend.inspect(id).state.status, 'frozen');
  // The kernel says "frozen" a moment before the last process has left its CPU.
  await becomes('it uses no CPU time', async () => {
    const used = agent.backend.stats(id).cpu.usageUsec;
    await sleep(300);
    return agent.backend.stats(id).cpu.usageUsec === used;
  });
  await assert.rejects(agent.backend.freeze(id, {}), { code: 'STATE_CONFLICT', message: /frozen/ });
  await assert.rejects(agent.backend.exec(id, { command: ['true'] }), { code: 'STATE_CONFLICT', message: /frozen/ });
  await agent.backend.setLimits(id, { state: 'thawed' }, { clear: false });
  await assert.rejects(agent.backend.thaw(id), { code: 'STATE_CONFLICT' });
  await agent.backend.freeze(id, { forMs: 100 });
  await agent.until(id, ({ state }) => state.status === 'running');
  // A deadline of an earlier freeze must not end a later one.
  const forMs = await thawedBefore(agent, id);
  await agent.backend.freeze(id, {});
  await sleep(forMs + 200);
  assert.equal(agent.backend.inspect(id).state.status, 'frozen');
});

/** Freezes for a time and thaws before that is over, which on a slow machine takes a longer one; answers the time in ms. */
async function thawedBefore(agent: AgentBackend, id: string): Promise<number> {
  for (const forMs of [200, 2000, 20_000]) {
    await agent.backend.freeze(id, { forMs });
    const late = await agent.backend.thaw(id).catch((error: { code?: string }) => error.code);
    if (late === undefined) return forMs;
    assert.equal(late, 'STATE_CONFLICT');
  }
  assert.fail('a freeze of 20 s was over before it could be thawed');
}

for (const how of ['stop', 'kill', 'remove'] as const) {
  test(`${how} of a frozen container`, ROOT, async (t) => {
    const agent = await AgentBackend.start(t);
    const id = await agent.run('trap "exit 3" TERM; echo set; while :; do sleep 0.01; done');
    await becomes('its trap is set', async () => (await agent.output(id)) === 'set\n');
    await agent.backend.freeze(id, {});
    if (how === 'stop') await agent.backend.stop(id, { timeoutMs: 60_000 });
    else if (how === 'kill') await agent.backend.kill(id, 'KILL');
    else await agent.backend.remove(id, { force: true });
    if (how === 'remove') assert.deepEqual(agent.backend.list(), []);
    else assert.equal(await agent.exit(id), how === 'stop' ? 3 : 137);
  });
}
