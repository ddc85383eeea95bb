import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { call, startTestApi, type TestApi } from '#test/support/test-api.js';

let at: TestApi;
const closers: (() => void | Promise<void>)[] = [];
before(async () => {
  at = await startTestApi({ after: (work) => closers.unshift(work) });
});
after(async () => {
  for (const close of closers) await close();
});

for (const [path, type] of [
  ['/', 'text/html; charset=utf-8'],
  ['/docs', 'text/html; charset=utf-8'],
  ['/page/page.js', 'text/javascript; charset=utf-8'],
  ['/page/docs.js', 'text/javascript; charset=utf-8'],
  ['/page/page.css', 'text/css; charset=utf-8'],
  ['/page/icon.svg', 'image/svg+xml'],
] as [string, string][])
  test(`${path} is ${type}, may do nothing but read from here, and is sent once`, async () => {
    const answer = await call(at.socket, 'GET', path);
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, type]);
    assert.ok(answer.text.length > 100);
    const policy = answer.headers['content-security-policy'] as string;
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      assert.ok(policy.includes(part), part);
    assert.doesNotMatch(policy, /unsafe|\*|data:/);
    assert.deepEqual([answer.headers['cache-control'], answer.headers['x-frame-options']], ['no-cache', 'DENY']);
    const { etag } = answer.headers;
    const again = await call(at.socket, 'GET', path, { headers: { 'if-none-match': etag as string } });
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag]);
    const changed = await call(at.socket, 'GET', path, { headers: { 'if-none-match': '"x"' } });
    assert.equal(changed.status, 200);
  });

test('pages take all they need from the agent, and hold no inline script, style or handler', async () => {
  for (const path of ['/', '/docs']) {
    const { text } = await call(at.socket, 'GET', path);
    const addresses = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, address]) => address as string);
    for (const address of addresses) {
      assert.match(address, /^\/([a-z]|$)/, address);
      assert.equal((await call(at.socket, 'GET', address)).status, 200, address);
    }
    assert.doesNotMatch(text, /<style|\son[a-z]+=|\sstyle=|<script(?![^>]*\ssrc=)/);
  }
  const { text } = await call(at.socket, 'GET', '/page/page.js');
  assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
});
