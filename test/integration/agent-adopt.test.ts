import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newContainerId } from '#agent/store/container-id.js';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { AgentBackend, REAL_CLOCK } from '#test/support/agent-backend.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const never = new AbortController().signal;

/** Changes a record as an agent killed at the wrong moment would have left it. */
function rewrite(agent: AgentBackend, id: string, change: (record: ContainerRecord) => void): void {
  const path = join(agent.root, 'containers', id, 'container.json');
  const record = JSON.parse(readFileSync(path, 'utf8')) as ContainerRecord;
  change(record);
  writeFileSync(path, JSON.stringify(record));
}

/** Its monitor has written down how it ended, or an agent has cleaned up after it. */
function hasEnded(agent: AgentBackend, id: string): boolean {
  const dir = join(agent.state, 'containers', id);
  return !existsSync(dir) || existsSync(join(dir, 'exit'));
}

function cgroupsOf(agent: AgentBackend): string[] {
  return cgroupMounts().flatMap(({ dir }) => {
    const parent = join(dir, agent.cgroupParent);
    return existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
      : [];
  });
}

test('what runs is adopted with name, pid, limits and log; it can be attached to, frozen, stopped', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('echo before; read line; echo got $line; exec sleep 1000', {
    name: 'kept',
    stdin: true,
    labels: { a: 'b' },
    limits: { memory: { max: '32m' }, pids: { max: 20 } },
  });
  const before = agent.backend.inspect(id);
  await agent.close();
  await agent.open();
  const after = agent.backend.inspect('kept');
  assert.deepEqual({ ...after, limits: after.limits }, before);
  const session = await agent.backend.attach(id, { stdin: true, stdout: true, stderr: true });
  session.stdin?.write('hello\n');
  for await (const chunk of session.stdout) {
    assert.equal(String(chunk), 'got hello\n');
    break;
  }
  session.close();
  assert.equal(await agent.output(id), 'before\ngot hello\n');
  await agent.backend.freeze(id, {});
  await agent.close();
  await agent.open();
  assert.equal(agent.backend.inspect(id).state.status, 'frozen');
  await agent.backend.stop(id, { timeoutMs: 500 });
  assert.equal(agent.backend.inspect(id).state.status, 'exited');
  assert.deepEqual(cgroupsOf(agent), []);
});

test('what ended meanwhile has its true exit code and time, and a waiting policy acts on it', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const plain = await agent.run('sleep 0.2; exit 42');
  const removing = await agent.run('sleep 0.2; exit 1', { autoRemove: true });
  const failing = await agent.run('sleep 0.2; exit 1', { restart: 'on-failure:1' });
  await agent.close();
  // Each has ended, and been over for a while; the earlier agent saw to those that ended before it closed.
  for (const id of [plain, removing, failing]) await eventually(() => hasEnded(agent, id));
  await sleep(200);
  const reopened = Date.now();
  await agent.open();
  const { state } = agent.backend.inspect(plain);
  assert.equal(state.status, 'exited');
  assert.equal(state.exitCode, 42);
  assert.ok(Date.parse(state.finishedAt ?? '') < reopened - 100);
  assert.ok(Date.parse(state.finishedAt ?? '') - Date.parse(state.startedAt ?? '') >= 190);
  await agent.until(failing, ({ restartCount }) => restartCount === 1);
  await eventually(() => agent.backend.list().every(({ id }) => id !== removing));
  assert.throws(() => agent.backend.inspect(removing), { code: 'CONTAINER_NOT_FOUND' });
});

test('kill -9 of the shim: dead, what is left is killed, its restart policy applies', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  for (const whileAgent of ['runs', 'is down'] as const) {
    const id = await agent.run('sleep 1000 & exec sleep 1000');
    const { pid } = agent.backend.inspect(id).state;
    const shim = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
    const ended = whileAgent === 'runs' ? agent.backend.wait(id, 'next-exit', never) : undefined;
    if (whileAgent === 'is down') await agent.close();
    process.kill(shim, 'SIGKILL');
    if (whileAgent === 'is down') await agent.open();
    assert.deepEqual(await (ended ?? { exitCode: 255 }), { exitCode: 255 });
    const view = await agent.until(id, ({ state }) => state.status === 'dead');
    assert.match(view.state.error ?? '', /monitor/);
    await agent.backend.remove(id, { force: false });
    assert.equal(existsSync(`/proc/${pid}/cwd/.`), false);
    assert.deepEqual(cgroupsOf(agent), []);
  }
  const again = await agent.run('exec sleep 1000', { restart: 'always' });
  const { pid } = agent.backend.inspect(again).state;
  process.kill(Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]), 'SIGKILL');
  await agent.until(again, ({ state }) => state.status === 'running' && state.pid !== pid);
});

test('an agent killed after the record said starting and before the shim was there', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('exec sleep 1000');
  const { id: wanted } = await agent.create('exec sleep 1000', { restart: 'always' });
  const other = await agent.run('exec sleep 1000');
  const dirs = Object.values(agent.backend.inspect(other).cgroups).map((dir) => dir.replace(other, id));
  await agent.close();
  for (const each of [id, wanted]) rewrite(agent, each, (record) => Object.assign(record.state, { phase: 'starting' }));
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
  await agent.open();
  assert.equal((await agent.until(id, ({ state }) => state.status === 'dead')).state.status, 'dead');
  await agent.until(wanted, ({ state }) => state.status === 'running');
  assert.ok(!cgroupsOf(agent).includes(id));
  await agent.backend.start(id);
  assert.equal(agent.backend.inspect(id).state.status, 'running');
});

test('an agent killed between the launch and its record: the container is adopted', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec sleep 1000');
  const { pid } = agent.backend.inspect(id).state;
  await agent.close();
  rewrite(agent, id, (record) => Object.assign(record.state, { phase: 'starting', startedAtMs: null }));
  await agent.open();
  assert.equal(agent.backend.inspect(id).state.status, 'running');
  assert.equal(agent.backend.inspect(id).state.pid, pid);
});

test('a broken record is set aside with a warning, and what it ran is removed; directories nobody knows go', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const good = await agent.run('exec sleep 1000');
  const bad = await agent.run('exec sleep 1000');
  const { pid } = agent.backend.inspect(bad).state;
  await agent.close();
  writeFileSync(join(agent.root, 'containers', bad, 'container.json'), '{"version":1,"id":');
  const [stateOnly, dataOnly] = [newContainerId(), newContainerId()];
  mkdirSync(join(agent.state, 'containers', stateOnly));
  mkdirSync(join(agent.root, 'containers', dataOnly, 'upper'), { recursive: true });
  await agent.open();
  assert.deepEqual(
    agent.backend.list().map(({ id }) => id),
    [good],
  );
  assert.equal(existsSync(`/proc/${pid}/cwd/.`), false, 'the container without a record is gone');
  assert.ok(existsSync(join(agent.root, 'containers', bad, 'container.json.broken')));
  assert.deepEqual(readdirSync(join(agent.state, 'containers')), [good]);
  assert.ok(!existsSync(join(agent.root, 'containers', dataOnly)));
  assert.deepEqual(new Set(cgroupsOf(agent)), new Set([good]));
  assert.ok((await agent.events()).some((event) => event.type === 'warning' && event.attributes.operation === 'read record'));
});

test('a freeze deadline holds across agents, and one that passed meanwhile too', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const soon = await agent.run('exec sleep 1000');
  const passed = await agent.run('exec sleep 1000');
  const soonest = Date.now() + 3000;
  await agent.backend.freeze(soon, { forMs: 3000 });
  await agent.backend.freeze(passed, { forMs: 100 });
  await agent.close();
  await sleep(200);
  await agent.open();
  await agent.until(passed, ({ state }) => state.status === 'running');
  await agent.until(soon, ({ state }) => state.status === 'running');
  assert.ok(Date.now() >= soonest, 'frozen until its time');
});

test('a clock that is set back between two agents makes a freeze no longer than it was to be', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('sleep 1000');
  await agent.backend.freeze(id, { forMs: 1000 });
  await agent.close();
  await agent.open({ ...REAL_CLOCK, nowMs: () => Date.now() - 3_600_000 });
  await agent.until(id, ({ state }) => state.status === 'running');
});
