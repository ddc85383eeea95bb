import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DEFAULT_LISTEN } from '#agent/api/listen-tcp.js';
import { connect } from '#agent/client.js';
import { openFds } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';
import { call, startTestApi } from '#test/support/test-api.js';

/** Self-signed, for tests only. */
const TLS = join(import.meta.dirname, '../../../test/fixtures/tls');

test(
  'the socket is 0660, of group tsgov where there is one, and gone when the API closes',
  requires({ root: true }),
  async (t) => {
    const dir = tempDir(t);
    writeFileSync(join(dir, 'group'), 'root:x:0:\ntsgov:x:4711:\n');
    const socketPath = join(dir, 's.sock');
    const closing: (() => void | Promise<void>)[] = [];
    const before = openFds().length;
    await startTestApi({ after: (work) => closing.unshift(work) }, { socketPath, groupFile: join(dir, 'group') });
    const stat = statSync(socketPath);
    assert.deepEqual([stat.mode & 0o777, stat.gid, stat.isSocket()], [0o660, 4711, true]);
    for (const close of closing) await close();
    assert.equal(existsSync(socketPath), false);
    assert.equal(openFds().length, before);
  },
);

test('a socket left by an agent that was killed is replaced; one that answers is not', async (t) => {
  const socketPath = join(tempDir(t), 's.sock');
  const killed = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
  assert.equal(spawnSync(process.execPath, ['-e', killed]).signal, 'SIGKILL');
  assert.equal(existsSync(socketPath), true);
  const at = await startTestApi(t, { socketPath });
  assert.equal(await at.client.ready(), true);
  await assert.rejects(startTestApi(t, { socketPath }), { code: 'AGENT_RUNNING' });
  assert.equal(await at.client.ready(), true, 'the first one goes on');
});

test('paths longer than a socket address, on both sides', async (t) => {
  const dir = join(tempDir(t), 'd'.repeat(100), 'e'.repeat(100));
  mkdirSync(dir, { recursive: true });
  const socketPath = join(dir, 'tsgov.sock');
  const closing: (() => void | Promise<void>)[] = [];
  const at = await startTestApi({ after: (work) => closing.unshift(work) }, { socketPath });
  const client = connect({ state: dir });
  await client.create({ image: 'host:', name: 'w' });
  const session = await client.attach('w');
  at.backend.sessions[0]?.finish(7);
  assert.deepEqual(await session.exit, { exitCode: 7 });
  await assert.rejects(startTestApi(t, { socketPath }), { code: 'AGENT_RUNNING' });
  client.close();
  for (const close of closing) await close();
  assert.equal(existsSync(socketPath), false);
});

test('where there is no directory the agent says so', async (t) => {
  await assert.rejects(startTestApi(t, { socketPath: '/nonexistent/s.sock' }), { code: 'LISTEN_FAILED' });
});

test('nobody there is AGENT_UNREACHABLE, for every kind of call and path', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  for (const host of [
    join(dir, 'none'),
    join(dir, 'file'),
    join(dir, 'file/x'),
    join(dir, 'x'.repeat(120), 's.sock'),
    'http://127.0.0.1:1',
  ]) {
    const client = connect({ host });
    await assert.rejects(client.list(), { code: 'AGENT_UNREACHABLE' }, host);
    await assert.rejects(client.attach('w'), { code: 'AGENT_UNREACHABLE' }, host);
    await assert.rejects(client.events().next(), { code: 'AGENT_UNREACHABLE' }, host);
    await assert.rejects(client.logs('w').next(), { code: 'AGENT_UNREACHABLE' }, host);
    assert.equal(await client.ready(), false);
  }
});

test('with the token TCP does everything, without or with a wrong one nothing', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0', token: 's3cret' });
  const refused = await call(at.url, 'POST', '/v1/containers', { body: { image: 'host:' } });
  assert.deepEqual([refused.status, refused.problem.code, refused.headers['www-authenticate']], [401, 'UNAUTHORIZED', 'Bearer']);
  const wrong = connect({ host: at.url, token: 'guess' });
  await assert.rejects(wrong.create({ image: 'host:' }), { code: 'UNAUTHORIZED', status: 401 });
  const client = connect({ host: at.url, token: 's3cret' });
  await client.create({ image: 'host:', name: 'w' }, { start: true });
  const session = await client.exec('w', { command: ['x'] });
  at.backend.sessions[0]?.finish(5);
  assert.deepEqual(await session.exit, { exitCode: 5 });
  assert.equal((await connect({ host: at.url }).list()).length, 1, 'reading needs none');
  for (const one of [wrong, client]) one.close();
});

test('a page whose name was made to point here reads nothing', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0' });
  const answer = await call(at.url, 'GET', '/v1/containers', { headers: { host: 'evil.example' } });
  assert.deepEqual([answer.status, answer.problem.field], [403, 'Host']);
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
  assert.equal((await call(at.url, 'GET', '/metrics', { headers: { host: 'box:9477' } })).status, 200);
});

test('a port in use is an error, but for the default one: then it goes on without TCP and says so', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0' });
  const inUse = at.api.addresses.listen as string;
  const socketPath = join(tempDir(t), 's.sock');
  await assert.rejects(startTestApi(t, { listen: inUse, socketPath }), {
    code: 'LISTEN_FAILED',
    field: 'listen',
    message: /in use/,
  });
  assert.equal(existsSync(socketPath), false, 'nothing is left of it');
  await holdDefaultPort(t);
  const without = await startTestApi(t, { listen: DEFAULT_LISTEN });
  assert.deepEqual([without.api.addresses.listen, without.api.addresses.metricsUrl], [null, null]);
  assert.match(without.api.warnings.join(), /9477 is in use/);
  assert.equal(await without.client.ready(), true);
});

test('an address the network reaches needs TLS and a token, and then a token to read', async (t) => {
  for (const change of [{}, { token: 'x' }])
    await assert.rejects(startTestApi(t, { listen: '0.0.0.0:0', ...change }), { code: 'CONFIG_INVALID', field: 'listen' });
  const tls = { key: readFileSync(join(TLS, 'key.pem'), 'utf8'), cert: readFileSync(join(TLS, 'cert.pem'), 'utf8') };
  const at = await startTestApi(t, { listen: '0.0.0.0:0', token: 'x', tls });
  const port = Number(at.api.addresses.listen?.split(':')[1]);
  const status = (path: string, headers: Record<string, string>) =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, headers, ca: tls.cert, checkServerIdentity: () => undefined }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await status('/v1/containers', {}), 401);
  assert.equal(await status('/healthz', {}), 200);
  assert.equal(await status('/v1/containers', { authorization: 'Bearer x' }), 200);
  assert.match(at.api.addresses.metricsUrl ?? '', /^https:/);
});

/** Somebody has the default port: this test, or whoever had it already. */
function holdDefaultPort(t: TestContext): Promise<void> {
  return new Promise((resolve) => {
    const [host, port] = DEFAULT_LISTEN.split(':');
    const server = createServer();
    server.once('error', () => resolve());
    server.listen({ host: host as string, port: Number(port) }, () => {
      t.after(() => new Promise<void>((done) => void server.close(() => done())));
      resolve();
    });
  });
}
