import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { connect as connectSocket, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { AgentError } from '#agent/contract/errors.js';
import { encodeStreamFrame, STREAM_PROTOCOL } from '#agent/contract/stream.js';
import { eventually } from '#test/support/eventually.js';
import type { TestSession } from '#test/support/memory-backend.js';
import { call, startTestApi, type TestApi } from '#test/support/test-api.js';

let at: TestApi;
const closers: (() => void | Promise<void>)[] = [];
before(async () => {
  at = await startTestApi({ after: (work) => closers.unshift(work) });
  await at.client.create({ image: 'host:', name: 'w' });
});
after(async () => {
  for (const close of closers) await close();
});
const lastSession = (): TestSession => at.backend.sessions.at(-1) ?? assert.fail('no session');
const lastCall = (name: string) => at.backend.calls.findLast((one) => one[0] === name)?.slice(1);

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

test('exec by upgrade: streams both ways, resize, exit code after all output', async () => {
  const session = await at.client.exec('w', { command: ['cat'], stdin: true, tty: true, rows: 24, cols: 80 });
  assert.deepEqual(lastCall('exec'), ['w', { command: ['cat'], stdin: true, tty: true, rows: 24, cols: 80 }]);
  const process = lastSession();
  const input = textOf(process.stdin as Readable);
  session.stdin.write('hello ');
  session.stdin.end('there');
  assert.equal(await input, 'hello there');
  session.resize(50, 132);
  process.stdout.write('out');
  process.stderr.write('err');
  const output = Promise.all([textOf(session.stdout), textOf(session.stderr)]);
  await eventually(() => process.resized.length === 1);
  assert.deepEqual(process.resized, [[50, 132]]);
  process.finish(130);
  assert.deepEqual(await session.exit, { exitCode: 130 });
  assert.deepEqual(await output, ['out', 'err']);
});

test('20 MiB each way arrive whole, through a slow reader', async () => {
  const session = await at.client.exec('w', { command: ['x'], stdin: true });
  const process = lastSession();
  const block = randomBytes(1 << 20);
  const expected = createHash('sha256');
  const send = async (write: (chunk: Buffer) => boolean, drained: (done: () => void) => void) => {
    for (let index = 0; index < 20; index += 1) if (!write(block)) await new Promise<void>((resolve) => drained(resolve));
  };
  for (let index = 0; index < 20; index += 1) expected.update(block);
  const want = expected.digest('hex');
  const digestSlowly = async (stream: Readable) => {
    const hash = createHash('sha256');
    let chunks = 0;
    for await (const chunk of stream) {
      hash.update(chunk as Buffer);
      if (chunks++ % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return hash.digest('hex');
  };
  const down = digestSlowly(session.stdout);
  const up = digestSlowly(process.stdin as Readable);
  session.stderr.resume();
  const sentDown = send(
    (chunk) => process.stdout.write(chunk),
    (done) => process.stdout.once('drain', done),
  );
  await send(
    (chunk) => session.stdin.write(chunk),
    (done) => session.stdin.once('drain', done),
  );
  session.stdin.end();
  assert.equal(await up, want);
  await sentDown;
  process.finish(0);
  assert.equal(await down, want);
});

test("a client that does not read holds the process up, not the agent's memory", async () => {
  const session = await at.client.exec('w', { command: ['yes'] });
  const process = lastSession();
  let written = 0;
  const block = Buffer.alloc(1 << 20);
  // A PassThrough takes a write only when its reader, the agent, has taken the one before.
  for (let stalled = 0; stalled < 20; ) {
    if (process.stdout.writableNeedDrain) {
      stalled += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
    } else {
      stalled = 0;
      process.stdout.write(block);
      written += 1;
      assert.ok(written < 64, 'the writer was held up');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  session.close();
  await eventually(() => process.closed);
});

test('attach takes what it is asked for and is told of a container that cannot be', async () => {
  const session = await at.client.attach('w', { stdin: false, rows: 10, cols: 20 });
  assert.deepEqual(lastCall('attach'), ['w', { stdin: false, stdout: true, stderr: true, rows: 10, cols: 20 }]);
  lastSession().finish(0);
  assert.deepEqual(await session.exit, { exitCode: 0 });
  await assert.rejects(at.client.attach('nobody'), { code: 'CONTAINER_NOT_FOUND', status: 404 });
  await assert.rejects(at.client.exec('w', { command: [] }), { code: 'BODY_INVALID', field: 'command' });
  at.backend.failNext.set('exec', new AgentError('STATE_CONFLICT', 'w is not running'));
  await assert.rejects(at.client.exec('w', { command: ['x'] }), { code: 'STATE_CONFLICT', message: 'w is not running' });
});

test('a command that cannot be run rejects exit with its code', async () => {
  const session = await at.client.exec('w', { command: ['nope'] });
  lastSession().fail(new AgentError('COMMAND_NOT_FOUND', 'nope: not found'));
  await assert.rejects(session.exit, { code: 'COMMAND_NOT_FOUND', message: 'nope: not found' });
});

test('detaching closes the session and leaves the process; so does a client that is killed', async () => {
  const detached = await at.client.attach('w');
  const first = lastSession();
  detached.close();
  await assert.rejects(detached.exit, { code: 'CANCELLED' });
  await eventually(() => first.closed);
  const socket = await upgrade('/v1/containers/w/attach');
  const second = lastSession();
  socket.destroy();
  await eventually(() => second.closed);
});

for (const [what, bytes] of [
  ['an unknown frame', Buffer.from('0000000063000000', 'hex')],
  ['a frame only the agent sends', encodeStreamFrame('exit')],
  ['an endless frame', Buffer.from('ffffffff00000000', 'hex')],
  ['a resize cut short', encodeStreamFrame('resize', Buffer.alloc(3))],
  ['noise', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
] as [string, Buffer][])
  test(`${what} from a client ends its session only`, async () => {
    const socket = await upgrade('/v1/containers/w/attach');
    const session = lastSession();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}).resume();
    socket.write(bytes);
    await closed;
    await eventually(() => session.closed);
    assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
  });

test('frames that come with the request itself are not lost', async () => {
  const body = JSON.stringify({ command: ['cat'], stdin: true });
  const socket = connectSocket(at.socket);
  const head = `POST /v1/containers/w/exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${STREAM_PROTOCOL}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const before = at.backend.sessions.length;
  socket.write(
    Buffer.concat([Buffer.from(head + body), encodeStreamFrame('stdin', Buffer.from('early')), encodeStreamFrame('stdin')]),
  );
  await eventually(() => at.backend.sessions.length > before);
  assert.equal(await textOf(lastSession().stdin as Readable), 'early');
  lastSession().finish(0);
  socket.destroy();
});

test('a body that comes in pieces, late, is waited for; one without length or too large is refused', async () => {
  const body = JSON.stringify({ command: ['slow'] });
  const socket = connectSocket(at.socket);
  const head = (length: string) =>
    `POST /v1/containers/w/exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${STREAM_PROTOCOL}\r\n${length}\r\n\r\n`;
  const before = at.backend.sessions.length;
  socket.write(head(`Content-Length: ${body.length}`));
  for (const char of body) {
    socket.write(char);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => at.backend.sessions.length > before);
  assert.deepEqual(lastCall('exec'), ['w', { command: ['slow'] }]);
  socket.destroy();
  assert.match(await answerTo(head('Transfer-Encoding: chunked')), /^HTTP\/1\.1 400 [\s\S]*Content-Length/);
  assert.match(await answerTo(head('Content-Length: 99999999')), /^HTTP\/1\.1 413 /);
});

test('attach without an upgrade says what it needs', async () => {
  const answer = await call(at.socket, 'POST', '/v1/containers/w/attach');
  assert.deepEqual([answer.status, answer.problem.field], [400, 'Upgrade']);
});

test('exec without an upgrade answers when it has ended, output in full', async () => {
  const result = at.client.execWait('w', { command: ['x'] });
  await eventually(() => lastCall('exec')?.[1] !== undefined && !lastSession().closed && lastSession().stdin === undefined);
  lastSession().stdout.write('out');
  lastSession().stderr.write('err');
  lastSession().finish(3);
  assert.deepEqual(await result, { exitCode: 3, stdout: 'out', stderr: 'err' });
});

test('output over 10 MiB is an error, and the session is let go', async () => {
  const count = at.backend.sessions.length;
  const result = at.client.execWait('w', { command: ['yes'] });
  await eventually(() => at.backend.sessions.length > count);
  const session = lastSession();
  const rejected = assert.rejects(result, { code: 'OUTPUT_TOO_LARGE', field: 'stdout' });
  for (let index = 0; index < 11; index += 1) session.stdout.write(Buffer.alloc(1 << 20));
  await rejected;
  assert.ok(session.closed);
});

test('a client that gives up an exec lets the session go', async () => {
  const count = at.backend.sessions.length;
  const socket = connectSocket(at.socket);
  const body = JSON.stringify({ command: ['sleep'] });
  socket.write(`POST /v1/containers/w/exec HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await eventually(() => at.backend.sessions.length > count);
  const session = lastSession();
  socket.destroy();
  await eventually(() => session.closed);
  session.finish(0);
});

test('a detached exec answers 202 at once', async () => {
  assert.deepEqual(await at.client.execDetached('w', { command: ['x'] }), { id: 'exec-1' });
  const answer = await call(at.socket, 'POST', '/v1/containers/w/exec', { body: { command: ['x'], detach: true } });
  assert.equal(answer.status, 202);
});

test('closing the API ends sessions and streams', async () => {
  const closing: (() => void | Promise<void>)[] = [];
  const other = await startTestApi({ after: (work) => closing.unshift(work) });
  await other.client.create({ image: 'host:', name: 'v' });
  const session = await other.client.attach('v');
  const events = other.client.events({ retryForMs: 0 });
  const next = events.next();
  const ended = assert.rejects(next, { code: 'AGENT_UNREACHABLE' });
  await eventually(() => other.backend.sessions.length === 1);
  for (const close of closing) await close();
  await assert.rejects(session.exit, { code: 'AGENT_UNREACHABLE' });
  await ended;
  assert.ok(other.backend.sessions[0]?.closed);
});

/** A connection that has left HTTP, by hand. */
function upgrade(path: string): Promise<Socket> {
  const socket = connectSocket(at.socket);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${STREAM_PROTOCOL}\r\n\r\n`);
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('data', (chunk) => {
      assert.match(chunk.toString(), /^HTTP\/1\.1 101 /);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function answerTo(request: string): Promise<string> {
  const socket = connectSocket(at.socket);
  socket.write(request);
  return textOf(socket);
}
