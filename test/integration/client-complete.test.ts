import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openapiDocument } from '#agent/api/document.js';
import { connect, type TsgovClient } from '#agent/client.js';
import { tempDir } from '#test/support/temp.js';

const CLIENT_DOCS = join(import.meta.dirname, '../../../docs/client.md');
/** For browsers. */
const PAGES = new Set(['GET /', 'GET /docs', 'GET /page/{file}']);
/** The same by another method. */
const ALIKE = new Set(['GET /v1/containers/{ref}/attach']);

type Calls = { [Name in Exclude<keyof TsgovClient, 'target' | 'close'>]: (client: TsgovClient) => unknown };
/** Total by its type: a method that is new must be called here. */
const CALLS: Calls = {
  ready: (client) => client.ready(),
  health: (client) => client.health(),
  usage: (client) => client.usage(),
  usageStream: (client) => client.usageStream(),
  node: (client) => client.node(),
  openapi: (client) => client.openapi(),
  metrics: (client) => client.metrics(),
  nodeNamespaces: (client) => client.nodeNamespaces(),
  journal: (client) => client.journal(),
  deaths: (client) => client.deaths(),
  moment: (client) => client.moment('1m'),
  events: (client) => client.events(),
  keptEvents: (client) => client.keptEvents(),
  trace: (client) => client.trace('exec'),
  list: (client) => client.list(),
  listPage: (client) => client.listPage({ limit: 1 }),
  inspect: (client) => client.inspect('a/b'),
  limits: (client) => client.limits('a/b'),
  stats: (client) => client.stats('a/b'),
  statsStream: (client) => client.statsStream('a/b'),
  why: (client) => client.why('a/b'),
  latency: (client) => client.latency('a/b'),
  drift: (client) => client.drift('a/b'),
  history: (client) => client.history('a/b'),
  processes: (client) => client.processes('a/b'),
  sockets: (client) => client.sockets('a/b'),
  mounts: (client) => client.mounts('a/b'),
  namespaces: (client) => client.namespaces('a/b'),
  plan: (client) => client.plan('a/b'),
  planText: (client) => client.planText('a/b'),
  logs: (client) => client.logs('a/b'),
  logLines: (client) => client.logLines('a/b'),
  create: (client) => client.create({ image: 'host:' }),
  remove: (client) => client.remove('a/b'),
  rename: (client) => client.rename('a/b', 'c'),
  start: (client) => client.start('a/b'),
  stop: (client) => client.stop('a/b'),
  kill: (client) => client.kill('a/b'),
  restart: (client) => client.restart('a/b'),
  freeze: (client) => client.freeze('a/b'),
  thaw: (client) => client.thaw('a/b'),
  wait: (client) => client.wait('a/b'),
  setLimits: (client) => client.setLimits('a/b', {}),
  planLimits: (client) => client.planLimits('a/b', {}),
  attach: (client) => client.attach('a/b'),
  exec: (client) => client.exec('a/b', { command: ['x'] }),
  execWait: (client) => client.execWait('a/b', { command: ['x'] }),
  execDetached: (client) => client.execDetached('a/b', { command: ['x'] }),
  policies: (client) => client.policies(),
  policy: (client) => client.policy('a/b'),
  putPolicy: (client) => client.putPolicy('a/b', ''),
  removePolicy: (client) => client.removePolicy('a/b'),
  validatePolicies: (client) => client.validatePolicies(''),
  testPolicies: (client) => client.testPolicies(''),
  diffPolicies: (client) => client.diffPolicies(''),
};

/** Somebody who hears everything and refuses it. */
async function listener(t: TestContext): Promise<{ socket: string; heard: string[] }> {
  const socket = join(tempDir(t), 's.sock');
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url?.split('?', 1)[0]}`);
    response.writeHead(418, { 'content-type': 'application/problem+json' });
    response.end('{"code":"FORBIDDEN","detail":"no"}');
  });
  server.on('upgrade', (request, connection) => {
    heard.push(`${request.method} ${request.url?.split('?', 1)[0]}`);
    connection.end('HTTP/1.1 418 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  t.after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return { socket, heard };
}

async function settle(call: unknown): Promise<void> {
  const asked = Symbol.asyncIterator in Object(call) ? (call as AsyncGenerator).next() : (call as Promise<unknown>);
  await asked.catch((error: Error) => assert.equal(error.constructor.name, 'ClientError'));
}

test('every route has its method, every method its route, and docs/client.md names each', async (t) => {
  const { socket, heard } = await listener(t);
  const client = connect({ host: socket });
  t.after(() => client.close());
  assert.deepEqual(
    Object.keys(CALLS).sort(),
    Object.keys(client)
      .filter((key) => key !== 'target' && key !== 'close')
      .sort(),
  );
  const paths = Object.entries((await openapiDocument('1')).paths);
  const operations = paths.flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const patterns = operations.map((name) => ({ name, pattern: new RegExp(`^${name.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  const reached = new Set<string>();
  const docs = readFileSync(CLIENT_DOCS, 'utf8');
  for (const [name, call] of Object.entries(CALLS)) {
    heard.length = 0;
    await settle(call(client));
    const [request] = heard;
    // A literal path goes before a pattern that fits it too.
    const route = patterns
      .filter(({ pattern }) => pattern.test(request ?? ''))
      .sort((a, b) => Number(a.name.includes('{')) - Number(b.name.includes('{')))[0];
    assert.ok(route, `${name} asked for ${request}, which is no route`);
    reached.add(route.name);
    assert.ok(docs.includes(`\`${name}\``), `docs/client.md says nothing of ${name}`);
  }
  const lacking = operations.filter((name) => !reached.has(name) && !PAGES.has(name) && !ALIKE.has(name));
  assert.deepEqual(lacking, []);
});
