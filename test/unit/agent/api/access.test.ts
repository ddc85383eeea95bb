import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTcpAccess, type TcpAccess, type TcpRequest } from '#agent/api/access.js';

const loopback: TcpAccess = { token: 'secret', exposed: false, hostNames: ['Box'] };
const request = (change: Partial<TcpRequest>): TcpRequest => ({
  method: 'GET',
  path: '/v1/containers',
  host: '127.0.0.1:9477',
  authorization: undefined,
  origin: undefined,
  fetchSite: undefined,
  fetchMode: undefined,
  upgrade: false,
  ...change,
});

for (const method of ['GET', 'HEAD']) test(`${method} needs no token`, () => checkTcpAccess(request({ method }), loopback));

for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'get', '']) {
  test(`${method || 'no method'} needs the token`, () => {
    assert.throws(() => checkTcpAccess(request({ method }), loopback), { code: 'UNAUTHORIZED' });
    checkTcpAccess(request({ method, authorization: 'Bearer secret' }), loopback);
    checkTcpAccess(request({ method, authorization: 'bearer  secret ' }), loopback);
  });
}

test('an upgrade is a way to act: GET too needs the token then', () => {
  assert.throws(() => checkTcpAccess(request({ upgrade: true }), loopback), { code: 'UNAUTHORIZED' });
});

for (const path of ['/v1/trace/exec', '/v1/%74race/exec', '/v1/trace', 'http://127.0.0.1/v1/trace/oom'])
  test(`a trace loads a program: GET ${path} needs the token`, () => {
    assert.throws(() => checkTcpAccess(request({ path }), loopback), { code: 'UNAUTHORIZED' });
    checkTcpAccess(request({ path, authorization: 'Bearer secret' }), loopback);
    assert.throws(() => checkTcpAccess(request({ path }), { ...loopback, token: undefined }), { code: 'FORBIDDEN' });
  });

for (const authorization of ['Bearer wrong', 'Bearer ', 'Basic secret', 'secret', 'Bearer secret extra'])
  test(`"${authorization}" is not the token`, () =>
    assert.throws(() => checkTcpAccess(request({ method: 'POST', authorization }), loopback), { code: 'UNAUTHORIZED' }));

test('without a configured token nothing but reading is allowed, whatever is given', () => {
  const access = { ...loopback, token: undefined };
  assert.throws(() => checkTcpAccess(request({ method: 'POST', authorization: 'Bearer undefined' }), access), {
    code: 'FORBIDDEN',
  });
  checkTcpAccess(request({}), access);
});

for (const host of ['localhost', 'localhost:9477', 'box:9477', 'BOX', '10.1.2.3:80', '[::1]:9477', undefined])
  test(`Host ${host} is this agent`, () => checkTcpAccess(request({ host }), loopback));

for (const host of ['evil.example', 'evil.example:9477', 'localhost.evil.example', '127.0.0.1.evil.example', ''])
  test(`Host "${host}" is refused, so that a page cannot read by rebinding its name`, () =>
    assert.throws(() => checkTcpAccess(request({ host }), loopback), { code: 'FORBIDDEN', field: 'Host' }));

test('where the network reaches it, reading needs the token too, but for the probes and the pages', () => {
  const exposed = { ...loopback, exposed: true };
  assert.throws(() => checkTcpAccess(request({ host: 'node.example' }), exposed), { code: 'UNAUTHORIZED' });
  for (const path of ['/healthz', '/readyz', '/', '/docs', '/page/page.js'])
    checkTcpAccess(request({ host: 'node.example', path }), exposed);
  for (const path of ['/metrics', '/openapi.json', '/page/../v1/containers', '/docs/', '//', '/healthz/x'])
    assert.throws(() => checkTcpAccess(request({ host: 'node.example', path }), exposed), { code: 'UNAUTHORIZED' });
  checkTcpAccess(request({ host: 'node.example', authorization: 'Bearer secret' }), exposed);
});

for (const [what, change] of [
  ['a fetch', { origin: 'http://evil.example' }],
  ['a fetch from another port of this host', { origin: 'http://127.0.0.1:3000' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['an extension', { origin: 'moz-extension://x' }],
  ['an image', { fetchSite: 'cross-site', fetchMode: 'no-cors' }],
  ['a script from another port', { fetchSite: 'same-site', fetchMode: 'no-cors' }],
  ['a form', { fetchSite: 'cross-site', fetchMode: 'navigate', method: 'POST' }],
] as [string, Partial<TcpRequest>][])
  test(`${what} of another origin is refused, with the token too`, () => {
    const asked = request({ authorization: 'Bearer secret', ...change });
    assert.throws(() => checkTcpAccess(asked, loopback), { code: 'FORBIDDEN', field: 'Origin' });
    assert.throws(() => checkTcpAccess(asked, { ...loopback, exposed: true }), { code: 'FORBIDDEN', field: 'Origin' });
  });

for (const [what, change] of [
  ['its own page', { origin: 'http://127.0.0.1:9477', fetchSite: 'same-origin', fetchMode: 'cors' }],
  ['its own page by another spelling', { origin: 'HTTPS://LocalHost:9477', host: 'localhost:9477' }],
  ['an address typed in', { fetchSite: 'none', fetchMode: 'navigate' }],
  ['a link from elsewhere', { fetchSite: 'cross-site', fetchMode: 'navigate' }],
] as [string, Partial<TcpRequest>][])
  test(`${what} is answered`, () => checkTcpAccess(request(change), loopback));
