import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EventPage, EventView } from '#agent/contract/container.js';
import { eventually } from '#test/support/eventually.js';
import { tempDir } from '#test/support/temp.js';
import { call, startTestApi } from '#test/support/test-api.js';

async function take(events: AsyncGenerator<EventView>, count: number): Promise<string[]> {
  const types: string[] = [];
  while (types.length < count) {
    const { value, done } = await events.next();
    if (done === true) break;
    types.push(`${value.id} ${value.type}`);
  }
  return types;
}

test('events come live, from now on; with since or Last-Event-ID also those kept', async (t) => {
  const at = await startTestApi(t);
  at.backend.emit('create');
  at.backend.emit('start');
  const stop = new AbortController();
  const live = at.client.events({ signal: stop.signal });
  const first = take(live, 1);
  await eventually(() => at.backend.subscribers === 1);
  at.backend.emit('die');
  assert.deepEqual(await first, ['3 die']);
  assert.deepEqual(await take(at.client.events({ since: '1h', signal: stop.signal }), 3), ['1 create', '2 start', '3 die']);
  assert.deepEqual(await take(at.client.events({ lastEventId: 1, signal: stop.signal }), 2), ['2 start', '3 die']);
  const before = at.backend.subscribers;
  const later = take(at.client.events({ since: '2026-01-01T00:00:05Z', signal: stop.signal }), 1);
  await eventually(() => at.backend.subscribers > before);
  stop.abort();
  assert.deepEqual(await later, [], 'kept ones are older, and aborting ends the stream');
});

test('types and containers narrow the stream', async (t) => {
  const at = await startTestApi(t);
  const { id } = await at.client.create({ image: 'host:', name: 'w' });
  await at.client.create({ image: 'host:', name: 'v' });
  for (const name of ['w', 'v']) for (const type of ['start', 'freeze', 'die']) at.backend.emit(type, at.backend.view(name));
  at.backend.emit('warning');
  const stop = new AbortController();
  const narrowed = (input: object) => take(at.client.events({ since: '1h', signal: stop.signal, ...input }), 2);
  assert.deepEqual(await narrowed({ type: ['die', 'freeze'], container: ['v'] }), ['5 freeze', '6 die']);
  assert.deepEqual(await narrowed({ container: [id.slice(0, 12)], type: ['start', 'die'] }), ['1 start', '3 die']);
  stop.abort();
});

test('the wire is server-sent events: id, event, data', async (t) => {
  const at = await startTestApi(t);
  at.backend.emit('oom');
  const text = await readUntil(at.socket, 'GET /v1/events?since=1h HTTP/1.1\r\nHost: x\r\n\r\n', /data: .*\n\n/);
  assert.match(text, /content-type: text\/event-stream\r\n/);
  assert.match(text, /id: 1\nevent: oom\ndata: \{"id":1,"time":"[^"]+","type":"oom","attributes":\{\}\}\n\n/);
});

test('as JSON there is a page of those kept, oldest first, and the next begins after its last', async (t) => {
  const at = await startTestApi(t);
  for (const type of ['create', 'start', 'die', 'warning']) at.backend.emit(type);
  const page = async (query: string, header?: string) => {
    const headers = { accept: 'application/json', ...(header === undefined ? {} : { 'last-event-id': header }) };
    const answer = await call(at.socket, 'GET', `/v1/events?${query}`, { headers });
    const { events, next } = JSON.parse(answer.text) as EventPage;
    return [events.map(({ type }) => type).join(' '), next];
  };
  assert.deepEqual(await page(''), ['create start die warning', null]);
  assert.deepEqual(await page('limit=3'), ['create start die', '3']);
  assert.deepEqual(await page('limit=3&lastEventId=3'), ['warning', null]);
  assert.deepEqual(await page('type=die&type=start&limit=1', '1'), ['start', '2']);
  assert.deepEqual(await at.client.keptEvents({ type: ['die'] }), { events: [at.backend.kept[2]], next: null });
  const wrong = await call(at.socket, 'GET', '/v1/events?limit=0', { headers: { accept: 'application/json' } });
  assert.deepEqual([wrong.status, wrong.problem.field], [400, 'limit']);
});

for (const value of ['x', '-1', '1.5', '99999999999999999999'])
  test(`Last-Event-ID ${value} is refused`, async (t) => {
    const at = await startTestApi(t);
    const answer = await call(at.socket, 'GET', '/v1/events', { headers: { 'last-event-id': value } });
    assert.deepEqual([answer.status, answer.problem.field], [400, 'Last-Event-ID']);
  });

test('a client goes on where it was when the agent is replaced', async (t) => {
  const socketPath = join(tempDir(t), 's.sock');
  const closing: (() => void | Promise<void>)[] = [];
  const old = await startTestApi({ after: (work) => closing.unshift(work) }, { socketPath });
  const stop = new AbortController();
  const events = old.client.events({ signal: stop.signal });
  const first = take(events, 1);
  await eventually(() => old.backend.subscribers === 1);
  old.backend.emit('start');
  assert.deepEqual(await first, ['1 start']);
  await old.api.close();
  const next = await startTestApi(t, { socketPath });
  // What the client has seen, and what happened while it was away.
  next.backend.emit('start');
  next.backend.emit('die');
  assert.deepEqual(await take(events, 1), ['2 die']);
  stop.abort();
  old.client.close();
});

test('a client that does not read is dropped, and the others go on', async (t) => {
  const at = await startTestApi(t);
  const closed = stalled(t, at.socket);
  const stop = new AbortController();
  const reader = take(at.client.events({ signal: stop.signal }), 400);
  await eventually(() => at.backend.subscribers === 2);
  const name = 'n'.repeat(50_000);
  const big = { id: 'x', name, image: 'host:', runtime: 'tsgov' } as Parameters<typeof at.backend.emit>[1];
  for (let index = 0; index < 400; index += 1) {
    at.backend.emit('start', big);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await reader).length, 400);
  await closed;
  stop.abort();
});

/** Asks for events and never reads; resolves when the agent has cut the connection. */
async function stalled(t: TestContext, path: string): Promise<void> {
  const socket = connect(path);
  t.after(() => socket.destroy());
  socket.write('GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n');
  socket.pause();
  // A write to a connection that was cut fails; until then it is taken.
  let cut = false;
  socket.on('error', () => {
    cut = true;
  });
  while (!cut) {
    socket.write('\r\n');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function readUntil(path: string, request: string, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.on('error', reject).on('data', (chunk) => {
      text += chunk.toString();
      if (!pattern.test(text)) return;
      socket.destroy();
      resolve(text);
    });
    socket.write(request);
  });
}
