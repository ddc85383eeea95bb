import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { AgentError, ERROR_CODES, type ErrorCode } from '#agent/contract/errors.js';
import { KernelError } from '#native/kernel-error.js';
import { type Answer, call, startTestApi, type TestApi } from '#test/support/test-api.js';

let at: TestApi;
const closers: (() => void | Promise<void>)[] = [];
before(async () => {
  at = await startTestApi({ after: (work) => closers.unshift(work) });
  await at.client.create({ image: 'host:', name: 'w' });
});
after(async () => {
  for (const close of closers) await close();
});

function assertProblem(answer: Answer, status: number, code: ErrorCode): void {
  assert.deepEqual([answer.status, answer.problem?.code], [status, code], answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.equal(answer.problem.status, status);
  assert.match(answer.problem.type, /^https:\/\/tsgov\.dev\/errors#[a-z-]+$/);
  assert.ok(answer.problem.title.length > 0 && answer.problem.detail.length > 0);
}

for (const [what, body, field, detail] of [
  ['an unknown field', { image: 'host:', colour: 'red' }, 'colour', /unknown field colour; the body takes name, image/],
  ['a lacking field', { name: 'x' }, 'image', /image is missing: it must be text/],
  ['text for a list', { image: 'host:', command: 'true' }, 'command', /command must be a list, not "true"/],
  ['a number in a list of text', { image: 'host:', env: ['A=1', 2] }, 'env[1]', /env\[1\] must be text, not 2/],
  ['text for a number', { image: 'host:', stopTimeout: '5' }, 'stopTimeout', /must be a number, not "5"/],
  ['text for true or false', { image: 'host:', tty: 'true' }, 'tty', /must be true or false, not "true"/],
  ['null', { image: null }, 'image', /must be text, not null/],
  [
    'an unknown limit',
    { image: 'host:', limits: { memory: { maximum: 1 } } },
    'limits.memory.maximum',
    /limits\.memory takes max, high/,
  ],
  [
    'a list for a size',
    { image: 'host:', limits: { memory: { max: [] } } },
    'limits.memory.max',
    /must be a number or text, not \[\]/,
  ],
  [
    'a state that is none',
    { image: 'host:', limits: { state: 'cold' } },
    'limits.state',
    /must be one of thawed, frozen, not "cold"/,
  ],
  [
    'a device without its path',
    { image: 'host:', limits: { io: { devices: [{ readBps: 1 }] } } },
    'limits.io.devices[0].device',
    /is missing/,
  ],
  ['a wrong value of a dictionary', { image: 'host:', labels: { 'a/b': 1 } }, 'labels.a/b', /must be text, not 1/],
  ['a wrong item of one of two forms', { image: 'host:', entrypoint: [1] }, 'entrypoint[0]', /must be text, not 1/],
  ['a list as body', [], 'body', /the body must be an object, not \[\]/],
  ['no JSON', '{"image"', 'body', /the body is not JSON/],
  ['a key __proto__', '{"image":"host:","labels":{"__proto__":"x"}}', 'body', /__proto__/],
  ['nothing', '', 'image', /image is missing/],
] as [string, string | object, string, RegExp][])
  test(`create with ${what} is a 400 that names ${field}`, async () => {
    const answer = await call(at.socket, 'POST', '/v1/containers', { body });
    assertProblem(answer, 400, 'BODY_INVALID');
    assert.equal(answer.problem.field, field);
    assert.match(answer.problem.detail, detail);
    assert.equal(at.backend.calls.filter((one) => one[0] === 'create').length, 1, 'nothing was asked of the containers');
  });

for (const code of Object.keys(ERROR_CODES) as ErrorCode[])
  test(`${code} of the containers is told with its status and field`, async () => {
    at.backend.failNext.set('thaw', new AgentError(code, 'why', { field: 'a.b' }));
    const answer = await call(at.socket, 'POST', '/v1/containers/w/thaw');
    assertProblem(answer, ERROR_CODES[code].http, code);
    assert.deepEqual([answer.problem.detail, answer.problem.field], ['why', 'a.b']);
  });

test('a kernel error keeps its text, a fault is INTERNAL and told to the operator', async () => {
  at.backend.failNext.set('thaw', new KernelError({ syscall: 'write', target: '/f', value: '1', errno: 16 }));
  const kernel = await call(at.socket, 'POST', '/v1/containers/w/thaw');
  assertProblem(kernel, 500, 'KERNEL');
  assert.equal(kernel.problem.detail, 'write /f "1": EBUSY');
  assert.deepEqual(at.faults, []);
  const fault = new TypeError('x is not a function');
  at.backend.failNext.set('inspect', fault);
  assertProblem(await call(at.socket, 'GET', '/v1/containers/w'), 500, 'INTERNAL');
  assert.deepEqual(at.faults, [fault]);
});

for (const path of ['/nope', '/v1', '/v2/containers', '/v1/containers/w/nope', '/docs/x', '/page/x.js', '/page/..%2fagent.mjs'])
  test(`${path} is no route`, async () => assertProblem(await call(at.socket, 'GET', path), 404, 'NOT_FOUND'));

for (const [method, path, allow] of [
  ['PUT', '/v1/containers', 'GET, HEAD, POST'],
  ['DELETE', '/v1/containers/w/limits', 'GET, HEAD, PATCH'],
  ['GET', '/v1/containers/w/start', 'POST'],
  ['HEAD', '/v1/events', 'GET'],
  ['POST', '/metrics', 'GET, HEAD'],
  ['OPTIONS', '/v1/node', 'GET, HEAD'],
])
  test(`${method} ${path} is not allowed; ${allow} is`, async () => {
    const answer = await call(at.socket, method as string, path as string);
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, allow);
    if (method !== 'HEAD') assertProblem(answer, 405, 'METHOD_NOT_ALLOWED');
  });

for (const [what, headers, field] of [
  ['compressed', { 'content-encoding': 'gzip' }, 'Content-Encoding'],
  ['a picture', { 'content-type': 'image/png' }, 'Content-Type'],
  ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, 'Content-Type'],
  ['in UTF-16', { 'content-type': 'application/json; charset=utf-16' }, 'Content-Type'],
  ['of no type', { 'content-type': '/' }, 'Content-Type'],
] as [string, Record<string, string>, string][])
  test(`a body that is ${what} is a 415`, async () => {
    for (const [method, path] of [
      ['POST', '/v1/containers'],
      ['PUT', '/v1/policies/x'],
    ]) {
      const answer = await call(at.socket, method as string, path as string, { body: '{}', headers });
      assertProblem(answer, 415, 'MEDIA_TYPE_UNSUPPORTED');
      assert.equal(answer.problem.field, field);
    }
  });

for (const [path, accept] of [
  ['/v1/containers', 'text/html'],
  ['/metrics', 'image/*'],
  ['/v1/events', 'text/plain'],
  ['/v1/containers/w/logs', 'application/json'],
  ['/v1/containers/w/plan', 'text/plain;q=0'],
] as [string, string][])
  test(`${path} as ${accept} is a 406`, async () => {
    const answer = await call(at.socket, 'GET', path, { headers: { accept } });
    assertProblem(answer, 406, 'NOT_ACCEPTABLE');
    assert.equal(answer.problem.field, 'Accept');
  });

test('answers say that they are for nobody else and what they are', async () => {
  const { headers } = await call(at.socket, 'GET', '/v1/containers');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.equal(headers['cache-control'], 'no-store');
});

test('an expectation nobody knows is ignored, a wish for a tunnel refused', async () => {
  assert.equal((await call(at.socket, 'GET', '/healthz', { headers: { expect: 'x' } })).status, 200);
  assert.match(await raw(['CONNECT example:80 HTTP/1.1\r\nHost: x\r\n\r\n']), /^HTTP\/1\.1 405 [\s\S]*METHOD_NOT_ALLOWED/);
});

test('a body over 1 MiB is refused, by its head or by what comes', async () => {
  assertProblem(await call(at.socket, 'POST', '/v1/containers', { body: 'x'.repeat((1 << 20) + 1) }), 413, 'BODY_TOO_LARGE');
  const chunk = Buffer.alloc(65_536, 32);
  const chunked = await raw([
    'POST /v1/containers HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n',
    ...Array.from({ length: 17 }, () => Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')])),
    '0\r\n\r\n',
  ]);
  assert.match(chunked, /^HTTP\/1\.1 413 /);
  assert.match(chunked, /BODY_TOO_LARGE/);
});

test('a wrong URL, a long one, a nul and traversal are answered', async () => {
  assertProblem(await call(at.socket, 'GET', '/v1/containers/%zz'), 400, 'BODY_INVALID');
  assertProblem(await call(at.socket, 'GET', '/v1/containers/..%2f..%2fetc'), 404, 'CONTAINER_NOT_FOUND');
  assertProblem(await call(at.socket, 'GET', '/v1/containers/%00'), 404, 'CONTAINER_NOT_FOUND');
  const long = await call(at.socket, 'GET', `/v1/containers/${'x'.repeat(2000)}`);
  assertProblem(long, 400, 'BODY_INVALID');
  assert.ok(long.text.length < 300, 'the path is not sent back');
  assert.match(await raw([`GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`]), /^HTTP\/1\.1 413 [\s\S]*BODY_TOO_LARGE/);
});

for (const [what, bytes] of [
  ['no HTTP', 'hello\r\n\r\n'],
  ['zeros', Buffer.alloc(4096)],
  ['TLS', Buffer.from('16030100', 'hex')],
  ['a wrong version', 'GET / HTTP/9.9\r\n\r\n'],
  ['both lengths', 'POST /v1/containers HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a header with a nul', 'GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n'],
] as [string, string | Buffer][])
  test(`${what} on the socket gets a problem and the end of the connection`, async () => {
    const answer = await raw([bytes]);
    assert.match(answer, /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"BODY_INVALID"/);
  });

test('random bytes never bring the agent down', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      await raw([Buffer.from(bytes)], true);
    }),
    { numRuns: 200 },
  );
  assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
});

test('bodies made at random get an answer with a code, never a fault', async () => {
  const faults = at.faults.length;
  const keys = ['image', 'name', 'limits', 'command', 'memory', 'max', 'mounts', 'target', 'ulimits', 'labels', 'toString', 'x'];
  const { body } = fc.letrec((tie) => ({
    body: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true }),
      fc.string(),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('body'), { maxLength: 3 }),
    object: fc.dictionary(fc.constantFrom(...keys), tie('body'), { maxKeys: 5 }),
  }));
  await fc.assert(
    fc.asyncProperty(
      body,
      fc.constantFrom('/v1/containers', '/v1/containers/w/limits', '/v1/containers/w/exec?', '/v1/containers/w/stop'),
      async (value, path) => {
        const answer = await call(at.socket, path.endsWith('limits') ? 'PATCH' : 'POST', path, { body: JSON.stringify(value) });
        if (path.endsWith('exec?')) for (const session of at.backend.sessions.splice(0)) session.finish(0);
        assert.ok(answer.status < 500, answer.text);
        if (answer.status >= 400) assert.ok(answer.problem.code in ERROR_CODES);
      },
    ),
    { numRuns: 300 },
  );
  assert.equal(at.faults.length, faults);
});

test('an upgrade to something else is ignored, as if it was not asked', async () => {
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' };
  assert.equal((await call(at.socket, 'GET', '/healthz', { headers })).status, 200);
  assertProblem(await call(at.socket, 'POST', '/v1/containers', { headers, body: { colour: 1 } }), 400, 'BODY_INVALID');
});

/** Writes bytes and reads to the end of the connection; `hangUp` closes our side at once. */
function raw(parts: (string | Buffer)[], hangUp = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(at.socket);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    // A server that refuses early may reset what we still send.
    socket.on('error', () => {}).on('close', () => resolve(text));
    for (const part of parts) socket.write(part);
    if (hangUp) socket.end();
  });
}

test('an exec of nothing names the field and what it takes', async () => {
  const answer = await call(at.socket, 'POST', '/v1/containers/w/exec', { body: { command: [] } });
  assertProblem(answer, 400, 'BODY_INVALID');
  assert.equal(answer.problem?.field, 'command');
  assert.match(answer.problem?.detail ?? '', /^command must have at least 1 entry \(the program and its arguments\), not \[\]$/);
});
