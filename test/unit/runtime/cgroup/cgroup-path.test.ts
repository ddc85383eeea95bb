import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCgroupPath } from '#runtime/cgroup/cgroup-path.js';

for (const path of ['/tsgov', '/tsgov/a-b_c.d', '/system.slice/tsgov.service/x', '/a b', '/ä'])
  test(`${path} is taken`, () => assert.equal(checkCgroupPath(path), path));
test('a trailing slash goes', () => assert.equal(checkCgroupPath('/tsgov/a/'), '/tsgov/a'));

for (const path of [
  '',
  'tsgov',
  '/',
  '//',
  '/..',
  '/a/../b',
  '/a/./b',
  '/a//b',
  '/a\n',
  '/a\0b',
  '/a\\b',
  `/${'x'.repeat(256)}`,
  `/${'a/'.repeat(2000)}b`,
])
  test(`${JSON.stringify(path.slice(0, 40))} is refused`, () => {
    assert.throws(() => checkCgroupPath(path), { code: 'CGROUP_PATH_INVALID' });
  });
