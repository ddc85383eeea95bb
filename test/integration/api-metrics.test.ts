import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { acceptsGzip } from '#agent/api/accepts-gzip.js';
import type { MetricsBackend } from '#agent/contract/metrics.js';
import { startTestApi } from '#test/support/test-api.js';

const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

async function get(t: TestContext, path: string, headers: Record<string, string> = {}, metrics?: MetricsBackend) {
  const { socket } = await startTestApi(t, metrics === undefined ? {} : { metrics });
  return new Promise<{ status: number; type: string; encoding: string | undefined; body: Buffer }>((done, fail) => {
    const call = request({ socketPath: socket, path, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', fail);
      answer.on('end', () =>
        done({
          status: answer.statusCode ?? 0,
          type: String(answer.headers['content-type']),
          encoding: answer.headers['content-encoding'],
          body: Buffer.concat(chunks),
        }),
      );
    });
    call.on('error', fail);
    call.end();
  });
}

test('text where nothing is asked, OpenMetrics where it is preferred', async (t) => {
  for (const accept of [undefined, '*/*', 'text/plain', 'application/openmetrics-text;q=0.1, text/plain']) {
    const { type, body, encoding } = await get(t, '/metrics', accept === undefined ? {} : { accept });
    assert.match(type, /^text\/plain; version=0.0.4/);
    assert.equal(encoding, undefined);
    assert.equal(String(body), '# TYPE tsgov_test gauge\ntsgov_test{profile="lean"} 1\n');
  }
  for (const accept of [PROMETHEUS, 'application/openmetrics-text; version=1.0.0; charset=utf-8']) {
    const { type, body } = await get(t, '/metrics', { accept });
    assert.match(type, /^application\/openmetrics-text; version=1.0.0/);
    assert.match(String(body), /\n# EOF\n$/);
  }
});

test('compressed where gzip is taken', async (t) => {
  const { encoding, body } = await get(t, '/metrics', { 'accept-encoding': 'gzip, deflate' });
  assert.equal(encoding, 'gzip');
  assert.match(String(gunzipSync(body)), /^tsgov_test\{profile="lean"\} 1$/m);
  assert.equal((await get(t, '/metrics', { 'accept-encoding': 'br' })).encoding, undefined);
  assert.deepEqual(
    ['gzip', 'x-gzip', '*', 'br;q=1, gzip;q=0.5', 'gzip;q=0', '*;q=0', 'gzip;q=0, *', 'br', '', undefined].map(acceptsGzip),
    [true, true, true, true, false, false, false, false, false, false],
  );
});

test('a profile that is none is refused, with a problem', async (t) => {
  assert.match(String((await get(t, '/metrics?profile=full')).body), /profile="full"/);
  for (const query of ['profile=all', 'profile=', 'profile=lean&profile=full', 'other=1']) {
    const { status, type, body } = await get(t, `/metrics?${query}`);
    assert.equal(status, 400, query);
    assert.match(type, /^application\/problem\+json/);
    assert.equal((JSON.parse(String(body)) as { code: string }).code, 'BODY_INVALID');
  }
});

test('a fault is a problem before anything was sent, and cuts the answer off after: it is never whole and wrong', async (t) => {
  const failing = (after: number): MetricsBackend => ({
    scrape: async () => {
      if (after === 0) throw new Error('nothing can be read');
      return {
        contentType: 'text/plain; version=0.0.4',
        chunks: (async function* () {
          yield 'a 1\n'.repeat(100_000);
          throw new Error('broken');
        })(),
      };
    },
  });
  // startTestApi would fail the test for a fault that it does not expect.
  const expected = (metrics: MetricsBackend) => ({ metrics, onFault: () => undefined });
  const { socket } = await startTestApi(t, expected(failing(0)));
  assert.equal((await status(socket, {})).code, 500);
  for (const headers of [{}, { 'accept-encoding': 'gzip' }]) {
    const { socket: cut } = await startTestApi(t, expected(failing(1)));
    const { code, whole } = await status(cut, headers);
    assert.ok(code === 500 || !whole, `${code}, ${whole ? 'whole' : 'cut off'}`);
  }
});

/** Whether the answer came to its end, and its status. */
function status(socketPath: string, headers: Record<string, string>): Promise<{ code: number; whole: boolean }> {
  return new Promise((done) => {
    let code = 0;
    const call = request({ socketPath, path: '/metrics', headers, agent: false }, (answer) => {
      code = answer.statusCode ?? 0;
      answer.on('error', () => undefined);
      answer.on('close', () => done({ code, whole: answer.complete }));
      answer.resume();
    });
    call.on('error', () => done({ code, whole: false }));
    call.end();
  });
}
