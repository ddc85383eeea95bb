import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { apiRoutes } from '#agent/api/document.js';
import { STREAM_PROTOCOL } from '#agent/contract/stream.js';
import { eventually } from '#test/support/eventually.js';
import { type Answer, call, startTestApi, type TestApi } from '#test/support/test-api.js';

/** Whatever only looks; a new call of the containers' counts as a change until it is listed here. */
const READS = new Set(['inspect', 'stats', 'logs', 'wait']);

async function withContainer(t: TestContext, token?: string): Promise<TestApi & { changes: () => unknown[] }> {
  const at = await startTestApi(t, { listen: '127.0.0.1:0', token, rate: { perSecond: 10_000, burst: 10_000 } });
  await at.client.create({ image: 'host:', name: 'w' }, { start: true });
  const before = at.backend.calls.length;
  const changes = () => at.backend.calls.slice(before).filter(([name]) => !READS.has(name));
  return { ...at, changes };
}

/** Every route with each of its methods, and spellings the router takes for the same. */
async function everyRequest(): Promise<{ url: string; method: string; path: string; headers: Record<string, string> }[]> {
  const upgrade = { connection: 'Upgrade', upgrade: STREAM_PROTOCOL };
  return (await apiRoutes()).flatMap(({ method, url }) => {
    const path = url.replace(':ref', 'w').replace(':name', 'x').replace(':kind', 'exec').replace(':file', 'page.js');
    const spelled = [
      path,
      `${path}/`,
      `${path}?x=%00`,
      path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    ];
    const asked = spelled.map((each) => ({ url, method, path: each, headers: {} }));
    const overridden = { url, method, path, headers: { 'x-http-method-override': 'DELETE' } };
    return [...asked, { url, method, path, headers: upgrade }, overridden];
  });
}

/** A read may stream for ever: its head is enough. */
const isRead = ({ method, headers }: { method: string; headers: Record<string, string> }) =>
  (method === 'GET' || method === 'HEAD') && headers.upgrade === undefined;

async function refused(at: TestApi, headers: Record<string, string>): Promise<[string, Answer][]> {
  const writes = (await everyRequest()).filter((each) => !isRead(each) || each.url.startsWith('/v1/trace/'));
  const paths = new Set(writes.map(({ method, path }) => `${method} ${path}`));
  for (const known of ['POST /v1/containers', 'PATCH /v1/containers/w/limits', 'PUT /v1/policies/x', 'GET /v1/trace/exec'])
    assert.ok(paths.has(known), known);
  const answers: [string, Answer][] = [];
  for (const { method, path, headers: own } of writes)
    answers.push([`${method} ${path}`, await call(at.url, method, path, { body: '{}', headers: { ...own, ...headers } })]);
  return answers;
}

test('over TCP nothing can be changed where there is no token, on any route', async (t) => {
  const at = await withContainer(t);
  for (const [what, { status, problem }] of await refused(at, { authorization: 'Bearer undefined' })) {
    assert.equal(status, 403, what);
    assert.ok(problem === undefined || problem.code === 'FORBIDDEN', what);
  }
  assert.deepEqual(at.changes(), []);
});

for (const authorization of [undefined, 'Bearer guess', 'Basic czNjcmV0', 'bearer'])
  test(`over TCP nothing can be changed with ${authorization ?? 'no token'} for the token, on any route`, async (t) => {
    const at = await withContainer(t, 's3cret');
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (const [what, { status, problem, headers: answered }] of await refused(at, headers)) {
      assert.deepEqual([status, answered['www-authenticate']], [401, 'Bearer'], what);
      assert.ok(problem === undefined || problem.code === 'UNAUTHORIZED', what);
    }
    assert.deepEqual(at.changes(), []);
  });

test('a page of another origin changes nothing, with the token too', async (t) => {
  const at = await withContainer(t, 's3cret');
  const headers = { authorization: 'Bearer s3cret', origin: 'http://evil.example' };
  for (const [what, { status, problem }] of await refused(at, headers)) {
    assert.equal(status, 403, what);
    assert.ok(problem === undefined || problem.field === 'Origin', what);
  }
  assert.deepEqual(at.changes(), []);
});

test('what is read without a token changes nothing', async (t) => {
  const at = await withContainer(t);
  const streams = new Set(['/v1/events', '/v1/stats/stream', '/v1/trace/:kind']);
  const reads = (await everyRequest()).filter((each) => isRead(each) && !streams.has(each.url));
  assert.ok(reads.length > 50);
  for (const { method, path, headers } of reads) {
    const { status } = await call(at.url, method, path, { headers });
    assert.ok(status < 500, `${method} ${path}: ${status}`);
  }
  assert.deepEqual(at.changes(), []);
});

test('an address that asks too much is told when to come back; the unix socket has no bound', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0', rate: { perSecond: 0.01, burst: 5 } });
  const answers: Answer[] = [];
  for (let index = 0; index < 7; index += 1) answers.push(await call(at.url, 'GET', '/healthz'));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200, 200, 429, 429],
  );
  assert.equal(answers[6]?.problem.code, 'TOO_MANY_REQUESTS');
  assert.equal(answers[6]?.headers['content-type'], 'application/problem+json');
  assert.ok(Number(answers[6]?.headers['retry-after']) >= 1);
  for (let index = 0; index < 20; index += 1) assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
});

test('tokens cannot be tried one after the other', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0', token: 's3cret', rate: { perSecond: 0.01, burst: 100 } });
  const tries = [];
  for (let index = 0; index < 8; index += 1)
    tries.push((await call(at.url, 'POST', '/v1/containers', { headers: { authorization: `Bearer ${index}` } })).status);
  assert.deepEqual(tries, [401, 401, 401, 401, 401, 429, 429, 429]);
});

test('over TCP there are at most 256 connections; the unix socket is not shut out by them', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0' });
  const port = Number(new URL(at.url).port);
  let cut = 0;
  const sockets = Array.from({ length: 300 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  for (const socket of sockets) {
    socket.on('close', () => {
      cut += 1;
    });
    socket.resume();
  }
  await eventually(() => cut === 44);
  assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
  for (const socket of sockets) socket.destroy();
  await eventually(() =>
    call(at.url, 'GET', '/healthz').then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});
