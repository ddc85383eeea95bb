import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress } from '#agent/client/address.js';

for (const [host, path] of [
  ['unix:///run/tsgov/tsgov.sock', '/run/tsgov/tsgov.sock'],
  ['unix:/run/tsgov/tsgov.sock', '/run/tsgov/tsgov.sock'],
  ['/tmp/a b.sock', '/tmp/a b.sock'],
])
  test(`${host} is a unix socket`, () => assert.deepEqual(parseAddress(host as string), { kind: 'unix', path }));

for (const [host, origin] of [
  ['http://127.0.0.1:9477', 'http://127.0.0.1:9477'],
  ['https://node.example:9477/', 'https://node.example:9477'],
  ['tcp://10.0.0.1:1', 'http://10.0.0.1:1'],
  ['localhost:9477', 'http://localhost:9477'],
  ['[::1]:9477', 'http://[::1]:9477'],
])
  test(`${host} is TCP`, () => {
    const address = parseAddress(host as string);
    assert.equal(address.kind === 'tcp' && address.url.origin, origin);
  });

for (const host of ['', 'unix://relative.sock', 'ftp://x/y', 'http://', 'http://a:1/path', 'a b'])
  test(`${JSON.stringify(host)} is refused as no address`, () =>
    assert.throws(() => parseAddress(host), { code: 'USAGE', field: 'host' }));
