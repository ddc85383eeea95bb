import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type SseMessage, type SseOptions, sendSse, wire } from '#agent/api/sse-out.js';

/** Serves one stream to a client that reads nothing unless it is resumed; `ended` when the server is done with it. */
async function stream(t: TestContext, source: AsyncIterable<SseMessage>, options: Omit<SseOptions, 'gone'>) {
  const gone = new AbortController();
  const server = createServer();
  const ended = once(server, 'request').then(async ([, response]: ServerResponse[]) => {
    assert.ok(response);
    response.on('close', () => gone.abort());
    await sendSse(response, source, { ...options, gone: gone.signal });
    if (!response.destroyed) response.end();
    return response.destroyed;
  });
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return { socket, ended, gone: gone.signal };
}

async function* messages(count: number, bytes: number, sent: { count: number }): AsyncGenerator<SseMessage> {
  for (; sent.count < count; sent.count += 1) {
    yield { event: 'x', data: 'y'.repeat(bytes) };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a message is id, event and one line of data', () => {
  assert.equal(wire({ id: 7, event: 'e', data: { a: '\n' } }), 'id: 7\nevent: e\ndata: {"a":"\\n"}\n\n');
  assert.equal(wire({ event: 'e', data: '{"as":"it is"}' }), 'event: e\ndata: {"as":"it is"}\n\n');
});

test('a client that does not read is cut off when too much is unread; the source is left at once', async (t) => {
  const sent = { count: 0 };
  const { ended } = await stream(t, messages(100_000, 100_000, sent), { maxUnreadBytes: 1 << 20 });
  assert.equal(await ended, true, 'destroyed');
  assert.ok(sent.count < 1000, `${sent.count} messages were kept for it`);
});

test('one that reads gets everything', async (t) => {
  const { socket, ended } = await stream(t, messages(300, 10_000, { count: 0 }), { maxUnreadBytes: 16 << 20, hello: 'here' });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.resume();
  const closed = once(socket, 'close');
  assert.equal(await ended, false);
  await closed;
  assert.match(text, /: here\nretry: 1000\n\n/);
  assert.equal(text.match(/^event: x$/gm)?.length, 300);
});

test('a client that is stuck for long is cut off, however little it has unread', async (t) => {
  const gone = new AbortController();
  async function* large(): AsyncGenerator<SseMessage> {
    yield { event: 'x', data: 'y'.repeat(8 << 20) };
    await new Promise((resolve) => gone.signal.addEventListener('abort', resolve));
  }
  const options = { maxUnreadBytes: 64 << 20, keepAliveMs: 20 };
  const { ended, gone: cut } = await stream(t, large(), options);
  cut.addEventListener('abort', () => gone.abort());
  assert.equal(await ended, true);
});
