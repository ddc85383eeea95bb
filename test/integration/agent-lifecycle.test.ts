import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const never = new AbortController().signal;

test('create, start, wait, logs, remove: each state as it comes, nothing left', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id, name } = await agent.create('echo out; echo err >&2; exit 7');
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(agent.backend.inspect(name).state.status, 'created');
  const ended = agent.backend.wait(id, 'next-exit', never);
  await agent.backend.start(id);
  assert.deepEqual(await ended, { exitCode: 7 });
  const { state } = agent.backend.inspect(id.slice(0, 12));
  assert.equal(state.status, 'exited');
  assert.equal(state.exitCode, 7);
  assert.ok(Date.parse(state.startedAt ?? '') <= Date.parse(state.finishedAt ?? ''));
  assert.equal((await agent.output(id)).split('\n').sort().join(' ').trim(), 'err out');
  await agent.backend.remove(name, { force: false });
  assert.throws(() => agent.backend.inspect(id), { code: 'CONTAINER_NOT_FOUND' });
  assert.deepEqual(readdirSync(join(agent.root, 'containers')), []);
  assert.deepEqual(readdirSync(join(agent.state, 'containers')), []);
  const types = (await agent.events()).map((event) => event.type);
  assert.deepEqual(types, ['create', 'start', 'die', 'destroy']);
});

test('it starts again, on what it wrote before', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('cat /note 2>/dev/null; echo again > /note');
  for (const expected of ['', 'again\n', 'again\nagain\n']) {
    const ended = agent.backend.wait(id, 'next-exit', never);
    await agent.backend.start(id);
    await ended;
    assert.equal(await agent.output(id), expected);
  }
});

for (const [command, code, exitCode] of [
  [['/no/such/command'], 'COMMAND_NOT_FOUND', 127],
  [['no-such-command'], 'COMMAND_NOT_FOUND', 127],
  [['/etc/passwd'], 'COMMAND_NOT_EXECUTABLE', 126],
] as const) {
  test(`${command[0]} cannot start: the error, exit code ${exitCode}, nothing left running`, ROOT, async (t) => {
    const agent = await AgentBackend.start(t);
    const { id } = await agent.create(command);
    await assert.rejects(agent.backend.start(id), { code });
    const view = agent.backend.inspect(id);
    assert.equal(view.state.status, 'exited');
    assert.equal(view.state.exitCode, exitCode);
    assert.match(view.state.error ?? '', /exec/);
    assert.deepEqual(readdirSync(join(agent.state, 'containers')), []);
    assert.deepEqual(await agent.backend.wait(id, 'not-running', never), { exitCode });
  });
}

test('a set-up that fails says where in config.json, and leaves nothing', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const mounts = (source: string): { mounts: { source: string; target: string }[] } => ({
    mounts: [{ source, target: '/data' }],
  });
  await assert.rejects(agent.create('true', mounts('/no/such/source')), { code: 'BODY_INVALID', field: 'mounts[0].source' });
  const source = join(agent.dir, 'source');
  mkdirSync(source);
  const { id } = await agent.create('true', mounts(source));
  rmdirSync(source);
  await assert.rejects(agent.backend.start(id), { code: 'LAUNCH_FAILED', message: /mounts\[\d+\].*ENOENT/ });
  assert.equal(agent.backend.inspect(id).state.exitCode, 125);
  assert.deepEqual(readdirSync(join(agent.state, 'containers')), []);
});

test('stop: its own signal first, SIGKILL to all of it after the timeout', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const polite = await agent.run('trap "exit 5" TERM; echo set; while :; do sleep 0.05; done');
  await said(agent, polite, 'set\n');
  await agent.backend.stop(polite, {});
  assert.equal(agent.backend.inspect(polite).state.exitCode, 5);
  const usr1 = await agent.run('trap "exit 6" USR1; echo set; while :; do sleep 0.05; done', { stopSignal: 'USR1' });
  await said(agent, usr1, 'set\n');
  await agent.backend.stop(usr1, {});
  assert.equal(agent.backend.inspect(usr1).state.exitCode, 6);
  const deaf = await agent.run('trap "" TERM; echo set; sleep 1000 & wait; sleep 1000');
  await said(agent, deaf, 'set\n');
  const began = performance.now();
  await agent.backend.stop(deaf, { timeoutMs: 200 });
  // A timer may be a millisecond early.
  assert.ok(performance.now() - began >= 190);
  assert.equal(agent.backend.inspect(deaf).state.exitCode, 137);
  await agent.backend.stop(deaf, {});
});

test('kill sends any signal, by name or number, and only to what runs', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('trap "echo hup" HUP; trap "exit 4" 10; echo set; while :; do sleep 0.05; done');
  await said(agent, id, 'set\n');
  await agent.backend.kill(id, 'HUP');
  await said(agent, id, 'set\nhup\n');
  await assert.rejects(agent.backend.kill(id, 'SIGNOTHING'), { code: 'BODY_INVALID', field: 'signal' });
  await agent.backend.kill(id, '10');
  assert.equal(await agent.exit(id), 4);
  await assert.rejects(agent.backend.kill(id, 'KILL'), { code: 'STATE_CONFLICT' });
});

test('names and references: taken, renamed, unknown', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const first = await agent.create('true', { name: 'first' });
  await assert.rejects(agent.create('true', { name: 'first' }), { code: 'NAME_IN_USE', field: 'name' });
  await agent.backend.rename('first', 'second');
  const again = await agent.create('true', { name: 'first' });
  await assert.rejects(agent.backend.rename('first', 'second'), { code: 'NAME_IN_USE' });
  assert.equal(agent.backend.inspect('second').id, first.id);
  await agent.close();
  await agent.open();
  assert.equal(agent.backend.inspect('second').id, first.id);
  assert.equal(agent.backend.inspect('first').id, again.id);
  assert.throws(() => agent.backend.inspect('nobody'), { code: 'CONTAINER_NOT_FOUND' });
});

test('--rm: gone after its end, also when it could not start; wait for removal answers its exit code', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('exit 3', { autoRemove: true });
  const removed = agent.backend.wait(id, 'removed', never);
  await agent.backend.start(id);
  assert.deepEqual(await removed, { exitCode: 3 });
  assert.deepEqual(agent.backend.list(), []);
  const { id: broken } = await agent.create(['/no/such'], { autoRemove: true });
  await assert.rejects(agent.backend.start(broken), { code: 'COMMAND_NOT_FOUND' });
  assert.deepEqual(agent.backend.list(), []);
  await assert.rejects(agent.create('true', { autoRemove: true, restart: 'always' }), {
    code: 'BODY_INVALID',
    field: 'autoRemove',
  });
  const kept = await agent.run('exec sleep 1000', { autoRemove: true });
  await agent.backend.restart(kept, { timeoutMs: 0 });
  assert.equal(agent.backend.inspect(kept).state.status, 'running', 'a restart is not an end');
});

test('remove: refused while it runs, unless forced; whatever it is doing, nothing is left', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('trap "" TERM HUP INT; sleep 1000 & sleep 1000');
  await assert.rejects(agent.backend.remove(id, { force: false }), { code: 'STATE_CONFLICT', message: /running/ });
  const dirs = Object.values(agent.backend.inspect(id).cgroups);
  await Promise.all([agent.backend.remove(id, { force: true }), agent.backend.remove(id, { force: true })]);
  for (const dir of dirs) assert.equal(existsSync(dir), false, dir);
  const { id: racing } = await agent.create('exec sleep 1000');
  const starting = agent.backend.start(racing).catch((error: { code: string }) => error.code);
  await agent.backend.remove(racing, { force: true });
  assert.ok([undefined, 'STATE_CONFLICT', 'LAUNCH_FAILED'].includes((await starting) as string | undefined));
  assert.deepEqual(agent.backend.list(), []);
  assert.deepEqual(readdirSync(join(agent.root, 'containers')), []);
});

test('wait: at once for one that does not run, cancelled when the client goes', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exec sleep 1000');
  const abort = new AbortController();
  const waits = [agent.backend.wait(id, 'not-running', abort.signal), agent.backend.wait(id, 'removed', abort.signal)];
  abort.abort();
  for (const wait of waits) await assert.rejects(wait, { code: 'CANCELLED' });
  await agent.backend.stop(id, { timeoutMs: 0 });
  assert.deepEqual(await agent.backend.wait(id, 'not-running', never), { exitCode: 137 });
});

test("another container's namespaces are joined as they are at each start", ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const host = await agent.run('hostname shared; exec sleep 1000', { name: 'host', capAdd: ['SYS_ADMIN'] });
  const { id } = await agent.create('readlink /proc/self/ns/net /proc/self/ns/uts', {
    network: 'container:host',
    uts: 'container:host',
  });
  for (let round = 0; round < 2; round += 1) {
    const ended = agent.backend.wait(id, 'next-exit', never);
    await agent.backend.start(id);
    await ended;
    const { net, uts } = agent.backend.namespaces(host);
    assert.ok((await agent.output(id)).endsWith(`net:[${net}]\nuts:[${uts}]\n`));
    await agent.backend.restart(host, { timeoutMs: 0 });
  }
  // A pid alone may be anybody's by now: it must be the process it was.
  const pidFile = join(agent.state, 'containers', host, 'pid');
  const known = readFileSync(pidFile, 'utf8');
  writeFileSync(pidFile, known.replace(/ \d+ /, ' 1 '));
  await assert.rejects(agent.backend.start(id), { code: 'STATE_CONFLICT', field: 'network' });
  writeFileSync(pidFile, known);
  await agent.backend.stop(host, { timeoutMs: 0 });
  await assert.rejects(agent.backend.start(id), { code: 'STATE_CONFLICT', field: 'network' });
  await assert.rejects(agent.create('true', { pid: 'container:nobody' }), { code: 'BODY_INVALID', field: 'pid' });
});

test('processes, namespaces, stats and plan of one that runs, and of one that does not', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('sleep 1000 & exec sleep 2000', { limits: { memory: { max: '64m' }, pids: { max: 50 } } });
  const processes = () => agent.eyes.processes(id, { tree: false, pss: false, files: false, intervalMs: undefined });
  const asleep = async () =>
    (await processes())
      .map(({ state, command }) => `${state} ${command}`)
      .sort()
      .join();
  await eventually(async () => (await asleep()) === 'S sleep 1000,S sleep 2000');
  const { pid } = agent.backend.inspect(id).state;
  const [init, child] = await processes();
  assert.equal(init?.pid, pid);
  assert.equal(init?.containerPid, 1);
  assert.equal(init?.command, 'sleep 2000');
  assert.equal(child?.ppid, pid);
  assert.ok((child?.containerPid ?? 0) > 1);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  assert.equal(init?.state, stat.slice(stat.lastIndexOf(')') + 2)[0]);
  const namespaces = agent.backend.namespaces(id);
  assert.ok(namespaces.pid !== undefined && namespaces.net !== undefined);
  agent.backend.stats(id);
  await sleep(30);
  const stats = agent.backend.stats(id);
  assert.equal(stats.pids.current, 2);
  assert.equal(stats.pids.max, 50);
  assert.equal(stats.memory.maxBytes, 64 << 20);
  assert.ok(stats.memory.currentBytes > 0 && stats.cpu.usageUsec > 0);
  assert.ok((stats.cpu.cores ?? -1) >= 0 && (stats.cpu.cores ?? 9) < 2);
  assert.deepEqual(
    stats.network.map((one) => one.interface),
    ['lo'],
  );
  assert.ok(agent.backend.plan(id).some((line) => line.op === 'exec' && line.origin.startsWith('process')));
  await agent.backend.stop(id, { timeoutMs: 0 });
  await assert.rejects(processes(), { code: 'STATE_CONFLICT' });
  for (const ask of ['stats', 'namespaces'] as const) assert.throws(() => agent.backend[ask](id), { code: 'STATE_CONFLICT' });
});

/** Its traps are set when it says so. */
async function said(agent: AgentBackend, id: string, output: string): Promise<void> {
  await eventually(async () => (await agent.output(id)) === output);
}
