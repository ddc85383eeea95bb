import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AgentError } from '#agent/contract/errors.js';
import { eventually } from '#test/support/eventually.js';
import { call, startTestApi, type TestApi } from '#test/support/test-api.js';

let at: TestApi;
const closers: (() => void | Promise<void>)[] = [];
before(async () => {
  at = await startTestApi({ after: (work) => closers.unshift(work) });
});
after(async () => {
  for (const close of closers) await close();
});

let count = 0;
/** A container of its own, started. */
async function container(): Promise<string> {
  const name = `c-${++count}`;
  await at.client.create({ image: 'host:', name }, { start: true });
  return name;
}
const lastCall = (name: string) => at.backend.calls.findLast((one) => one[0] === name)?.slice(1);

test('create answers 201 with Location, and starts only when asked', async () => {
  const answer = await call(at.socket, 'POST', '/v1/containers', { body: { image: 'host:', name: 'plain' } });
  assert.equal(answer.status, 201);
  const { id } = JSON.parse(answer.text) as { id: string };
  assert.equal(answer.headers.location, `/v1/containers/${id}`);
  assert.equal(at.backend.view('plain').state.status, 'created');
  await call(at.socket, 'POST', '/v1/containers?start', { body: { image: 'host:', name: 'started' } });
  assert.equal(at.backend.view('started').state.status, 'running');
  await call(at.socket, 'POST', '/v1/containers?start=false', { body: { image: 'host:', name: 'not' } });
  assert.equal(at.backend.view('not').state.status, 'created');
});

test('a body of any content type is JSON', async () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await call(at.socket, 'POST', '/v1/containers', { body: { image: 'host:', name: 'curl' }, headers });
  assert.equal(answer.status, 201);
});

test('a start that fails says why and where what was made is', async () => {
  at.backend.failNext.set('start', new AgentError('COMMAND_NOT_FOUND', 'process.args: exec nope: ENOENT'));
  const answer = await call(at.socket, 'POST', '/v1/containers?start=true', { body: { image: 'host:', name: 'fails' } });
  assert.deepEqual([answer.status, answer.problem.code], [422, 'COMMAND_NOT_FOUND']);
  assert.equal(answer.problem.instance, `/v1/containers/${at.backend.view('fails').id}`);
  assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
});

test('list, inspect by name, id and start of id, and remove', async () => {
  const name = await container();
  const view = await at.client.inspect(name);
  assert.deepEqual(await at.client.inspect(view.id), view);
  assert.deepEqual(await at.client.inspect(view.id.slice(0, 12)), view);
  assert.deepEqual(
    (await at.client.list({ name: [name] })).map((one) => one.id),
    [view.id],
  );
  await assert.rejects(at.client.remove(name), { code: 'STATE_CONFLICT', status: 409 });
  const answer = await call(at.socket, 'DELETE', `/v1/containers/${name}?force=true`);
  assert.deepEqual([answer.status, answer.text], [204, '']);
  await assert.rejects(at.client.inspect(name), { code: 'CONTAINER_NOT_FOUND', status: 404 });
});

test('acts answer the container, take their options from body or query, and need neither', async () => {
  const name = await container();
  assert.equal((await at.client.freeze(name))?.state.status, 'frozen');
  assert.deepEqual(lastCall('freeze'), [name, {}]);
  await at.client.freeze(name, { for: '1m30s' });
  assert.deepEqual(lastCall('freeze'), [name, { forMs: 90_000 }]);
  await call(at.socket, 'POST', `/v1/containers/${name}/freeze`, { body: { for: 1.5 } });
  assert.deepEqual(lastCall('freeze'), [name, { forMs: 1500 }]);
  await call(at.socket, 'POST', `/v1/containers/${name}/freeze?for=250ms`);
  assert.deepEqual(lastCall('freeze'), [name, { forMs: 250 }]);
  assert.equal((await at.client.thaw(name))?.state.status, 'running');
  await at.client.kill(name);
  assert.deepEqual(lastCall('kill'), [name, 'SIGKILL']);
  await at.client.kill(name, 10);
  assert.deepEqual(lastCall('kill'), [name, '10']);
  await call(at.socket, 'POST', `/v1/containers/${name}/kill?signal=TERM`);
  assert.deepEqual(lastCall('kill'), [name, 'TERM']);
  await at.client.restart(name, { timeout: 3, signal: 'SIGINT' });
  assert.deepEqual(lastCall('restart'), [name, { timeoutMs: 3000, signal: 'SIGINT' }]);
  await call(at.socket, 'POST', `/v1/containers/${name}/stop?timeout=1m`);
  assert.deepEqual(lastCall('stop'), [name, { timeoutMs: 60_000 }]);
  await at.client.start(name);
  assert.equal((await at.client.stop(name, { timeout: '100ms' }))?.state.status, 'exited');
  assert.deepEqual(lastCall('stop'), [name, { timeoutMs: 100 }]);
  assert.equal((await at.client.rename(name, `${name}-new`))?.name, `${name}-new`);
});

test('an act on a container that removes itself answers 204', async () => {
  const name = await container();
  at.backend.view(name).autoRemove = true;
  assert.equal(await at.client.stop(name), undefined);
});

test('wait answers the exit code, and is given up when its client goes away', async () => {
  const name = await container();
  const waiting = at.client.wait(name, { condition: 'next-exit' });
  const gone = new AbortController();
  const abandoned = at.client.wait(name, { signal: gone.signal });
  await eventually(() => at.backend.calls.filter((one) => one[0] === 'wait' && one[1] === name).length === 2);
  gone.abort();
  await assert.rejects(abandoned, { code: 'CANCELLED' });
  await eventually(() => at.backend.abandonedWaits === 1);
  at.backend.finish(name, 42);
  assert.deepEqual(await waiting, { exitCode: 42 });
  assert.deepEqual(at.faults, []);
});

test('limits are read and changed in the same words', async () => {
  const name = await container();
  const limits = { memory: { max: '64MiB' }, cpu: { max: 0.5 }, io: { devices: [{ device: '/', writeBps: '1m' }] } };
  assert.deepEqual(await at.client.setLimits(name, limits, { clear: true }), limits);
  assert.deepEqual(lastCall('setLimits'), [name, limits, { clear: true }]);
  assert.deepEqual(await at.client.limits(name), limits);
  await assert.rejects(at.client.setLimits(name, { memory: { maks: 1 } } as object), {
    code: 'BODY_INVALID',
    field: 'memory.maks',
    status: 400,
  });
});

test('processes, sockets, mounts and namespaces of the node: queries as they are meant', async () => {
  const asked = () => at.eyes.calls.at(-1);
  assert.deepEqual(await at.client.processes('a/b'), []);
  assert.deepEqual(asked(), ['processes', 'a/b', { tree: false, pss: false, files: false, intervalMs: undefined }]);
  await at.client.processes('c', { tree: true, pss: true, files: true, interval: '200ms' });
  assert.deepEqual(asked(), ['processes', 'c', { tree: true, pss: true, files: true, intervalMs: 200 }]);
  await assert.rejects(at.client.processes('c', { interval: '1ms' }), { code: 'BODY_INVALID', field: 'interval' });
  await at.client.sockets('c');
  assert.deepEqual(asked(), ['sockets', 'c']);
  await at.client.mounts('c');
  assert.deepEqual(asked(), ['mounts', 'c']);
  await at.client.nodeNamespaces();
  assert.deepEqual(asked(), ['namespaces', { types: [], tree: false }]);
  await at.client.nodeNamespaces({ type: ['net', 'pid,user'], container: 'c', tree: true });
  assert.deepEqual(asked(), ['namespaces', { types: ['net', 'pid', 'user'], tree: true, container: 'c' }]);
  await assert.rejects(at.client.nodeNamespaces({ type: ['nett'] }), { code: 'BODY_INVALID', field: 'type' });
});

test('namespaces and plan of a container', async () => {
  const name = await container();
  assert.deepEqual(await at.client.namespaces(name), { mnt: 1, pid: 2 });
  assert.equal((await at.client.plan(name)).ops[0]?.origin, 'process.args');
  assert.match(await at.client.planText(name), /^ +0 +exec +process\.args +exec \/bin\/true\n$/);
});

test('stats: one sample, or one a line until the container is gone', async () => {
  const name = await container();
  assert.equal((await at.client.stats(name)).name, name);
  const samples = [];
  for await (const sample of at.client.statsStream(name, { interval: '100ms' })) {
    samples.push(sample.cpu.usageUsec);
    if (samples.length === 3) await at.client.remove(name, { force: true });
  }
  assert.ok(samples.length >= 3);
  await assert.rejects(at.client.statsStream(name).next(), { code: 'CONTAINER_NOT_FOUND' });
  await assert.rejects(at.client.statsStream(await container(), { interval: 0.001 }).next(), {
    code: 'BODY_INVALID',
    field: 'interval',
  });
});

test('a reader that stops takes the stats stream down', async () => {
  const name = await container();
  for await (const sample of at.client.statsStream(name, { interval: '100ms' })) {
    assert.equal(sample.name, name);
    break;
  }
  const calls = at.backend.calls.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(at.backend.calls.length - calls <= 1, 'at most the sample that was under way');
});

test('logs: raw bytes in order, stamped, by stream, as JSON with bytes intact', async () => {
  const name = await container();
  const binary = Buffer.from([0, 255, 10, 128]);
  at.backend.logLines = [
    { time: '2026-01-01T00:00:00.000000001Z', stream: 'stdout', data: Buffer.from('one\n') },
    { time: '2026-01-01T00:00:00.000000002Z', stream: 'stderr', data: binary },
  ];
  const read = async (input: Parameters<typeof at.client.logs>[1]) => {
    const chunks: Buffer[] = [];
    for await (const chunk of at.client.logs(name, input)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };
  assert.deepEqual(await read({}), Buffer.concat([Buffer.from('one\n'), binary]));
  assert.equal((await read({ stream: 'stdout' })).toString(), 'one\n');
  assert.equal((await read({ timestamps: true, stream: 'stdout' })).toString(), '2026-01-01T00:00:00.000000001Z one\n');
  await read({ tail: 5, since: '5s', until: '2026-01-01T00:00:00Z' });
  const { id } = at.backend.view(name);
  const options = { follow: false, tail: 5, since: '2026-01-01T00:00:05.000Z', until: '2026-01-01T00:00:00Z' };
  assert.deepEqual(lastCall('logs'), [id, options]);
  const lines = [];
  for await (const line of at.client.logLines(name)) lines.push(line);
  assert.deepEqual(lines, at.backend.logLines);
  for (const [query, field] of [
    ['tail=-1', 'tail'],
    ['since=x', 'since'],
    ['stream=both', 'stream'],
    ['folow=1', 'folow'],
  ]) {
    const answer = await call(at.socket, 'GET', `/v1/containers/${name}/logs?${query}`);
    assert.deepEqual([answer.status, answer.problem.field], [400, field]);
  }
});

test('a followed log shows at once what there is, and ends when its reader goes', async () => {
  const name = await container();
  const gone = new AbortController();
  const got: string[] = [];
  for await (const line of at.client.logLines(name, { follow: true, signal: gone.signal })) {
    got.push(line.stream);
    if (got.length === 2) gone.abort();
  }
  assert.deepEqual(got, ['stdout', 'stderr']);
});

test('node, health, readiness, metrics', async () => {
  assert.equal((await at.client.node()).hostname, 'box');
  assert.equal(await at.client.ready(), true);
  assert.equal(await at.client.metrics(), '# TYPE tsgov_test gauge\ntsgov_test{profile="lean"} 1\n');
  const head = await call(at.socket, 'HEAD', '/healthz');
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('while containers are taken up the agent is healthy but not ready', async (t) => {
  const starting = await startTestApi(t, { ready: () => false });
  assert.equal((await call(starting.socket, 'GET', '/healthz')).status, 200);
  const answer = await call(starting.socket, 'GET', '/readyz');
  assert.deepEqual([answer.status, answer.problem.code], [503, 'AGENT_UNREACHABLE']);
  assert.equal(await starting.client.ready(), false);
});

test('the OpenAPI document has every route, each with a summary', async () => {
  const document = (await at.client.openapi()) as {
    openapi: string;
    paths: Record<string, Record<string, { summary?: string }>>;
  };
  assert.equal(document.openapi, '3.1.0');
  assert.ok(document.paths['/v1/containers/{ref}/limits']?.patch);
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) assert.ok(operation.summary, `${method} ${path}`);
});
