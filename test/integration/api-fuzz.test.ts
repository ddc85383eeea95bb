import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { ERROR_CODES } from '#agent/contract/errors.js';
import { eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { type Document, GARBAGE, type MadeRequest, requestsOf } from '#test/support/openapi-requests.js';
import { type Outcome, sendAll, sendBytes } from '#test/support/send-requests.js';
import { call, startTestApi, type TestApi } from '#test/support/test-api.js';

const REQUESTS = 10_000;
const AT_ONCE = 16;
/** In the name of what went wrong, so that it can be had again. */
const SEED = Number(process.env.TSGOV_FUZZ_SEED ?? Date.now() % 1_000_000_000);
const NAMES = ['w-1', 'w-2', 'w-3', 'nope'];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test(`${REQUESTS} requests made from the OpenAPI document: all are answered with a code, nothing is left over`, async (t) => {
  const at = await startTestApi(t);
  // Who waits for an end shall not wait long; what was removed comes back.
  const alive = setInterval(() => revive(at), 20);
  t.after(() => clearInterval(alive));
  const requests = fc.sample(requestsOf((await at.client.openapi()) as Document, { ref: fc.constantFrom(...NAMES) }), {
    seed: SEED,
    numRuns: REQUESTS,
  });
  const statuses = new Map<number, number>();
  const send = (some: readonly MadeRequest[]) =>
    sendAll(at.socket, some, {
      atOnce: AT_ONCE,
      patienceMs: 5000,
      onOutcome: (made, outcome) => {
        statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
        check(made, outcome);
        forget(at);
      },
    });
  // Everything is compiled and cached before the first count.
  await send(requests.slice(0, REQUESTS / 4));
  collectGarbage();
  const before = { fds: openFds().length, heap: process.memoryUsage().heapUsed };
  await send(requests.slice(REQUESTS / 4));
  await eventually(() => openFds().length <= before.fds + AT_ONCE);
  collectGarbage();
  const grown = process.memoryUsage().heapUsed - before.heap;
  assert.ok(grown < 16 << 20, `seed ${SEED}: the heap grew by ${grown} bytes`);
  assert.deepEqual(at.faults, [], `seed ${SEED}`);
  for (const status of [200, 400, 404, 406, 415]) assert.ok((statuses.get(status) ?? 0) > 10, `few ${status}: ${[...statuses]}`);
  assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
});

function check({ method, path }: MadeRequest, { status, type, text }: Outcome): void {
  const what = `seed ${SEED}: ${method} ${path}: ${status} ${text.slice(0, 300)}`;
  assert.ok(status > 0, what);
  if (status < 400) return;
  assert.equal(type, 'application/problem+json', what);
  const { code } = JSON.parse(text) as { code: string };
  assert.ok(code in ERROR_CODES && code !== 'INTERNAL', what);
}

function revive({ backend }: TestApi): void {
  for (const name of NAMES.slice(0, 3)) {
    if (backend.list().some((view) => view.name === name)) backend.finish(name, 0);
    else void backend.create({ image: 'host:', name }).then(() => backend.start(name));
  }
}

/** What the containers in memory remember would be taken for a leak; sessions and waits end. */
function forget(at: TestApi): void {
  at.backend.calls.length = 0;
  for (const session of at.backend.sessions.splice(0)) session.finish(0);
  for (const view of at.backend.list()) if (!NAMES.includes(view.name)) void at.backend.remove(view.id, { force: true });
}

test('garbage on the sockets never brings the agent down, and is answered by a problem or the end of the connection', async (t) => {
  const at = await startTestApi(t, { listen: '127.0.0.1:0', rate: { perSecond: 1e6, burst: 1e6 } });
  const port = Number(new URL(at.url).port);
  const before = openFds().length;
  for (const [index, bytes] of fc.sample(GARBAGE, { seed: SEED, numRuns: 600 }).entries()) {
    const text = await sendBytes(index % 2 === 0 ? { path: at.socket } : { port }, bytes, 200);
    assert.doesNotMatch(
      text,
      /^HTTP\/1\.1 5/m,
      `seed ${SEED}: ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}\n${text}`,
    );
    if (index % 100 === 0) assert.equal((await call(at.socket, 'GET', '/healthz')).status, 200);
  }
  await eventually(() => openFds().length <= before + 2);
  assert.deepEqual(at.faults, []);
});
