import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TsgovClient } from '#agent/client.js';
import type { EventView } from '#agent/contract/container.js';
import { type AgentOptions, type RunningAgent, startAgent } from '#agent/main.js';
import { eventually } from '#test/support/eventually.js';
import { cgroupMode } from '#test/support/requires.js';
import { type Teardown, tempCgroupParent, tempDir } from '#test/support/temp.js';
import { call } from '#test/support/test-api.js';

const closers: (() => void | Promise<void>)[] = [];
const teardown: Teardown = { after: (work) => closers.unshift(work) };
let options: AgentOptions;
let agent: RunningAgent;
let client: TsgovClient;
const faults: unknown[] = [];

before(async () => {
  const dir = tempDir(teardown);
  options = {
    root: join(dir, 'root'),
    state: join(dir, 'state'),
    cgroupParent: tempCgroupParent(teardown),
    listen: '127.0.0.1:0',
    version: '0.0.0-test',
    metrics: { labelAllow: ['tier'] },
    handleSignals: false,
    // Loaded in the background, whose descriptors would be among those that are counted here.
    bpf: 'off',
    onFault: (error) => faults.push(error),
  };
  agent = await startAgent(options);
  client = connect({ state: options.state });
});
after(async () => {
  for (const view of await client.list()) await client.remove(view.id, { force: true });
  client.close();
  await agent.close();
  for (const close of closers) await close();
  assert.deepEqual(faults, []);
});

const sleeper = { image: 'host:', command: ['sleep', '1000'] };

test('create, attach, start, output, exit code, remove: as run does it, nothing missed', async () => {
  const { id } = await client.create({ image: 'host:', command: ['sh', '-c', 'cat; echo err >&2; exit 7'], stdin: true });
  const session = await client.attach(id);
  const text = async (stream: NodeJS.ReadableStream) => {
    let all = '';
    for await (const chunk of stream) all += String(chunk);
    return all;
  };
  const output = Promise.all([text(session.stdout), text(session.stderr)]);
  assert.equal((await client.start(id))?.state.status, 'running');
  session.stdin.end('through\n');
  assert.deepEqual(await session.exit, { exitCode: 7 });
  assert.deepEqual(await output, ['through\n', 'err\n']);
  assert.deepEqual(await client.wait(id), { exitCode: 7 });
  const lines = [];
  for await (const line of client.logLines(id)) lines.push([line.stream, line.data.toString()]);
  assert.deepEqual(lines.sort(), [
    ['stderr', 'err\n'],
    ['stdout', 'through\n'],
  ]);
  await client.remove(id);
  await assert.rejects(client.inspect(id), { code: 'CONTAINER_NOT_FOUND' });
});

test('a followed log ends when the container does', async () => {
  const { id } = await client.create(
    { image: 'host:', command: ['sh', '-c', 'for i in 1 2 3; do echo $i; sleep 0.1; done'] },
    { start: true },
  );
  const chunks: Buffer[] = [];
  for await (const chunk of client.logs(id, { follow: true })) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), '1\n2\n3\n');
});

test('exec: in full, as a stream, detached, and what cannot be run', async () => {
  const { id } = await client.create(sleeper, { start: true });
  assert.deepEqual(await client.execWait(id, { command: ['sh', '-c', 'echo out; echo err >&2; exit 3'] }), {
    exitCode: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  const session = await client.exec(id, { command: ['wc', '-c'], stdin: true });
  session.stderr.resume();
  session.stdin.end(Buffer.alloc(3_000_000));
  let count = '';
  for await (const chunk of session.stdout) count += String(chunk);
  assert.equal(count.trim(), '3000000');
  assert.deepEqual(await session.exit, { exitCode: 0 });
  const absent = await client
    .exec(id, { command: ['/nope'] })
    .then(
      (one) => one.exit,
      (error: unknown) => Promise.reject(error),
    )
    .catch((error: { code: string }) => error.code);
  assert.equal(absent, 'COMMAND_NOT_FOUND');
  await client.execDetached(id, { command: ['sh', '-c', 'exec sleep 999'] });
  await eventually(async () => (await client.processes(id)).some((process) => process.command === 'sleep 999'));
});

test('limits: set live, seen in the kernel, refused whole', async () => {
  const { id } = await client.create({ ...sleeper, limits: { memory: { max: '64m' } } }, { start: true });
  const view = await client.inspect(id);
  const file = join(view.cgroups.memory as string, cgroupMode() === 'v2' ? 'memory.max' : 'memory.limit_in_bytes');
  assert.equal(readFileSync(file, 'utf8').trim(), String(64 << 20));
  assert.equal((await client.setLimits(id, { memory: { max: '128MiB' } })).memory?.max, 128 << 20);
  assert.equal(readFileSync(file, 'utf8').trim(), String(128 << 20));
  await assert.rejects(client.setLimits(id, { memory: { max: '1b' } }), { code: 'LIMIT_INVALID', status: 400 });
  await assert.rejects(client.setLimits(id, { cpu: { max: 9999 } }), { code: 'LIMIT_INVALID' });
  assert.equal((await client.limits(id)).memory?.max, 128 << 20);
});

test("stats, processes, namespaces and plan are the kernel's", async () => {
  const { id } = await client.create(sleeper, { start: true });
  const { state } = await client.inspect(id);
  const samples = [];
  for await (const sample of client.statsStream(id, { interval: '100ms' })) {
    samples.push(sample);
    if (samples.length === 2) break;
  }
  assert.ok((samples[1]?.memory.currentBytes ?? 0) > 0 && samples[1]?.cpu.cores !== undefined);
  const [process] = await client.processes(id);
  assert.deepEqual([process?.pid, process?.containerPid, process?.command], [state.pid, 1, 'sleep 1000']);
  const namespaces = await client.namespaces(id);
  assert.equal(readlinkSync(`/proc/${state.pid}/ns/net`), `net:[${namespaces.net}]`);
  assert.match(await client.planText(id), /process\.args/);
});

test('freeze, thaw, kill and stop, with the state each leaves', async () => {
  const { id } = await client.create(sleeper, { start: true });
  assert.equal((await client.freeze(id))?.state.status, 'frozen');
  assert.equal((await client.thaw(id))?.state.status, 'running');
  // sleep as pid 1 would not hear SIGTERM.
  await client.kill(id);
  assert.deepEqual(await client.wait(id, { condition: 'not-running' }), { exitCode: 137 });
  await assert.rejects(client.freeze(id), { code: 'STATE_CONFLICT', status: 409 });
  await client.start(id);
  assert.equal((await client.stop(id, { timeout: 1 }))?.state.status, 'exited');
});

test('/metrics over TCP says what the kernel says, also for one that has ended', async () => {
  const { id } = await client.create(
    { ...sleeper, name: 'measured', labels: { tier: 'x' }, limits: { cpu: { max: 0.5 }, memory: { max: '32m' } } },
    { start: true },
  );
  const text = (await call(`http://${agent.addresses.listen}`, 'GET', '/metrics')).text;
  const value = (metric: string) =>
    Number(
      new RegExp(
        `^${metric}\\{id="[^"]*/${id}",name="measured",image="host:",container_label_tier="x"(?:,[^}]*)?\\} (\\S+)$`,
        'm',
      ).exec(text)?.[1] ?? assert.fail(`no ${metric}`),
    );
  assert.equal(value('container_spec_memory_limit_bytes'), 32 << 20);
  assert.equal(value('container_spec_cpu_quota'), 50_000);
  assert.equal(value('container_processes'), 1);
  assert.ok(value('container_memory_usage_bytes') > 0);
  assert.match(text, /^tsgov_container_state\{[^}]*name="measured"[^}]*state="running"\} 1$/m);
  assert.match(text, /^container_memory_usage_bytes\{id="\/",name="",image="",container_label_tier=""\} [1-9]/m);
  await client.kill(id);
  await client.wait(id);
  const later = await client.metrics();
  assert.match(later, /^tsgov_container_exit_code\{[^}]*name="measured"[^}]*\} 137$/m);
  assert.doesNotMatch(later, /^container_memory_usage_bytes\{[^}]*name="measured"/m);
});

test('/v1/node knows this host', async () => {
  const node = await client.node();
  assert.equal(node.kernel, readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
  assert.deepEqual([node.cgroup.mode, node.listen, node.root], [cgroupMode(), agent.addresses.listen, options.root]);
  assert.ok(node.features.length > 30 && node.containers.total >= 1);
});

test('events go on, none twice and none lost, when the agent is replaced under its client', async () => {
  const stop = new AbortController();
  const seen: EventView[] = [];
  const reading = (async () => {
    for await (const event of client.events({ type: ['create', 'destroy'], signal: stop.signal })) seen.push(event);
  })();
  const { id: first } = await client.create({ ...sleeper, name: 'before' });
  await eventually(() => seen.length === 1);
  await agent.close();
  agent = await startAgent(options);
  const { id: second } = await client.create({ ...sleeper, name: 'after' });
  await client.remove(first);
  await eventually(() => seen.length === 3);
  stop.abort();
  await reading;
  assert.deepEqual(
    seen.map((event) => [event.type, event.container?.id]),
    [
      ['create', first],
      ['create', second],
      ['destroy', first],
    ],
  );
  assert.ok(
    seen.every((event, index) => index === 0 || event.id > (seen[index - 1] as EventView).id),
    'ids rise',
  );
});

test('requests leave no descriptor behind', async () => {
  const { id } = await client.create(sleeper, { start: true });
  const once = async () => {
    await client.inspect(id);
    (await client.attach(id)).close();
    await client.execWait(id, { command: ['true'] });
    for await (const _sample of client.statsStream(id, { interval: '100ms' })) break;
    for await (const _line of client.logs(id)) assert.fail('sleep writes nothing');
  };
  const fds = () => readdirSync('/proc/self/fd').length;
  for (let index = 0; index < 3; index += 1) await once();
  await client.remove(id, { force: true });
  // A spare monitor, started a moment after the last was taken, has its own.
  const settled = await steady(fds);
  for (let index = 0; index < 5; index += 1) {
    const made = await client.create(sleeper, { start: true });
    await client.execWait(made.id, { command: ['true'] });
    (await client.attach(made.id)).close();
    await client.remove(made.id, { force: true });
  }
  await eventually(() => fds() <= settled);
});

/** What `count` says once it has said the same for half a second. */
async function steady(count: () => number): Promise<number> {
  let [last, times] = [count(), 0];
  await eventually(async () => {
    await sleep(50);
    const now = count();
    times = now === last ? times + 1 : 0;
    last = now;
    return times === 10;
  });
  return last;
}
