import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtSpec } from '#test/support/built-spec.js';

test('environment: order kept, the last one wins, a bare name takes one out', () => {
  const spec = builtSpec({ env: ['A=1', 'PATH=/x', 'A=2', 'HOSTNAME', 'HOME=/h', 'E='], tty: true });
  assert.deepEqual(spec.process.env, ['PATH=/x', 'TERM=xterm', 'A=2', 'HOME=/h', 'E=']);
  assert.throws(() => builtSpec({ env: ['=x'] }), { code: 'BODY_INVALID', field: 'env[0]' });
});

test('users of the image: names, numbers, groups, home', () => {
  const files: Record<string, string> = {
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n# comment\napp:x:1000:100::/home/app:/bin/sh\n7:x:70:71::/seven:/bin/sh\n',
    '/etc/group': 'users:x:100:\nwheel:x:10:root,app\naudio:x:63:app\n',
  };
  const readRootFile = (root: string, path: string) => (root === '/' ? files[path] : undefined);
  const user = (text: string | undefined, groups?: string[]) => {
    const { process } = builtSpec(
      { ...(text === undefined ? {} : { user: text }), ...(groups === undefined ? {} : { groups }) },
      { readRootFile },
    );
    return [process.user.uid, process.user.gid, process.user.additionalGids, process.env?.at(-1)];
  };
  assert.deepEqual(user(undefined), [0, 0, [10], 'HOME=/root']);
  assert.deepEqual(user('app'), [1000, 100, [10, 63], 'HOME=/home/app']);
  assert.deepEqual(user('1000'), [1000, 100, [10, 63], 'HOME=/home/app']);
  assert.deepEqual(user('app:audio'), [1000, 63, [], 'HOME=/home/app']);
  assert.deepEqual(user('4242:4243', ['wheel', '99']), [4242, 4243, [10, 99], 'HOME=/']);
  assert.deepEqual(user('7'), [70, 71, [], 'HOME=/seven'], 'a name that is a number');
  for (const bad of ['nobody', 'app:nogroup', '4294967295', '-1'])
    assert.throws(() => user(bad), { code: 'BODY_INVALID', field: 'user' }, bad);
  assert.throws(() => user('app', ['wheel', 'nogroup']), { code: 'BODY_INVALID', field: 'groups[1]' });
});

test('ulimits, with unlimited as the kernel has it', () => {
  const { rlimits } = builtSpec({ ulimits: [{ name: 'nofile', soft: 1, hard: -1 }] }).process;
  assert.deepEqual(rlimits, [{ type: 'RLIMIT_NOFILE', soft: 1, hard: 2 ** 64 }]);
});
