import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExposure, isLoopback, parseListen } from '#agent/api/listen-tcp.js';

for (const [text, expected] of [
  ['127.0.0.1:9477', { host: '127.0.0.1', port: 9477 }],
  ['[::1]:0', { host: '::1', port: 0 }],
  ['localhost:80', { host: 'localhost', port: 80 }],
  [':80', { host: '::', port: 80 }],
  ['off', undefined],
] as const)
  test(`listen ${text}`, () => assert.deepEqual(parseListen(text), expected));

for (const text of ['', '9477', '127.0.0.1', '::1:80', '1.2.3.4:65536', 'a:b', 'http://a:1'])
  test(`listen ${JSON.stringify(text)} is refused`, () =>
    assert.throws(() => parseListen(text), { code: 'USAGE', field: 'listen' }));

test('what is loopback', () => {
  assert.deepEqual(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'box'].map(isLoopback), [false, false, false, false, false]);
});

test('an address that is not loopback needs TLS and a token', () => {
  const address = { host: '0.0.0.0', port: 1 };
  const refused = (tls: boolean, token: boolean) => () => checkExposure(address, { tls, token });
  assert.throws(refused(false, false), /needs TLS and a token/);
  assert.throws(refused(true, false), /needs a token/);
  assert.throws(refused(false, true), { code: 'CONFIG_INVALID' });
  refused(true, true)();
  checkExposure({ host: '127.0.0.1', port: 1 }, { tls: false, token: false });
});
