import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import { eventually } from '#test/support/eventually.js';
import { call, startTestApi, type TestApi } from '#test/support/test-api.js';

const usage = (name: string): ContainerUsage => ({
  id: `${name}-id`,
  name,
  image: 'host:',
  runtime: 'tsgov',
  status: 'running',
  restartCount: 0,
  policies: [],
  drifts: 0,
  limits: {},
  signals: {},
});

/** Says how often it was asked, and pads. */
function show(at: TestApi, names: string[], padding = ''): void {
  const { usage: plain } = at.eyes;
  at.eyes.usage = (query) => {
    const view: UsageView = plain.call(at.eyes, query);
    const asked = at.eyes.calls.length;
    return { ...view, node: { ...view.node, load: [asked], hostname: padding }, containers: names.map(usage) };
  };
}

test('the stream begins with what is now and goes on with each tick', async (t) => {
  const at = await startTestApi(t);
  show(at, ['a', 'b']);
  const stop = new AbortController();
  const loads: (number | undefined)[] = [];
  for await (const view of at.client.usageStream({
    runtime: ['all'],
    network: ['a-id'],
    signals: ['cpu.usage'],
    signal: stop.signal,
  })) {
    loads.push(view.node.load[0]);
    assert.deepEqual(
      view.containers.map(({ name }) => name),
      ['a', 'b'],
    );
    if (loads.length === 3) stop.abort();
    else setImmediate(() => at.ticks.tell());
  }
  assert.deepEqual(loads, [1, 2, 3]);
  assert.deepEqual(at.eyes.calls[0], ['usage', { runtimes: 'all', network: ['a-id'], signals: ['cpu.usage'] }]);
});

test('a view is made once a tick for all who look alike; containers narrow it by name and id', async (t) => {
  const at = await startTestApi(t);
  show(at, ['a', 'b', 'c']);
  const first = async (container?: string[]) => {
    for await (const view of at.client.usageStream(container === undefined ? {} : { container }))
      return view.containers.map(({ name }) => name).join('');
  };
  assert.deepEqual([await first(), await first(), await first(['b', 'c-id'])], ['abc', 'abc', 'bc']);
  assert.equal(at.eyes.calls.length, 2);
  at.ticks.tell();
  await first();
  assert.ok(at.eyes.calls.length > 2);
});

test('an interval lets ticks pass', async (t) => {
  const at = await startTestApi(t);
  show(at, []);
  const stop = new AbortController();
  const got: number[] = [];
  const reading = (async () => {
    for await (const view of at.client.usageStream({ interval: '1h', signal: stop.signal })) got.push(view.node.load[0] ?? 0);
  })();
  await eventually(() => got.length === 1);
  for (let index = 0; index < 5; index += 1) at.ticks.tell();
  // A request after them: they have been heard.
  await at.client.node();
  stop.abort();
  await reading;
  assert.equal(got.length, 1);
  const wrong = await call(at.socket, 'GET', '/v1/stats/stream?interval=soon');
  assert.deepEqual([wrong.status, wrong.problem.field], [400, 'interval']);
});

test('a client that does not read holds up neither ticks nor others, and costs a bounded memory', async (t) => {
  const at = await startTestApi(t);
  show(at, ['a'], 'x'.repeat(500_000));
  const stalled = Array.from({ length: 5 }, () => connect(at.socket).pause());
  for (const socket of stalled) {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.write('GET /v1/stats/stream HTTP/1.1\r\nHost: x\r\n\r\n');
  }
  const stop = new AbortController();
  let seen = 0;
  const reading = (async () => {
    for await (const _view of at.client.usageStream({ signal: stop.signal })) seen += 1;
  })();
  await eventually(() => seen === 1);
  const before = process.memoryUsage().arrayBuffers;
  for (let tick = 1; tick <= 60; tick += 1) {
    at.ticks.tell();
    await eventually(() => seen > tick);
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 64 << 20, `${grown} bytes are kept for who does not read`);
  stop.abort();
  await reading;
});
