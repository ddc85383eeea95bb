import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDelegated, ownCgroup, useDelegated } from '#runtime/cgroup/delegation.js';
import { planLimits } from '#runtime/cgroup/limit-plan.js';
import { fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';

test('the nearest delegated cgroup, by either mark', (t) => {
  const { host, root } = fixtureHost(t, 'v2');
  const marked = (mark: string, at: string) => (path: string, name: string) =>
    name === mark && path === join(root, 'sys/fs/cgroup', at) ? '1' : undefined;
  assert.equal(
    findDelegated(host, '/s.slice/t.service/agent', marked('user.delegate', 's.slice/t.service')),
    '/s.slice/t.service',
  );
  assert.equal(findDelegated(host, '/s.slice/t.service', marked('trusted.delegate', 's.slice/t.service')), '/s.slice/t.service');
  assert.equal(findDelegated(host, '/s.slice/u.service', marked('user.delegate', 's.slice/t.service')), undefined);
  assert.equal(
    findDelegated(host, '/', () => '1'),
    undefined,
    'the root is nobody’s to delegate',
  );
  assert.equal(
    findDelegated(host, '/a', () => '0'),
    undefined,
  );
});

test('this process’s cgroup: in the v2 tree, else where v1’s systemd has it', (t) => {
  const { root } = fixtureHost(t, 'hybrid');
  const own = (text: string) => {
    writeFileSync(join(root, 'proc/self/cgroup'), text);
    return ownCgroup(join(root, 'proc'));
  };
  assert.equal(own('0::/system.slice/t.service\n'), '/system.slice/t.service');
  assert.equal(own('5:memory:/x\n1:name=systemd:/system.slice/t.service\n0::/\n'), '/system.slice/t.service');
  assert.equal(own('1:name=systemd:/\n0::/\n'), '/');
  assert.equal(own('3:cpu:/a\n'), '/');
});

test('what was not handed down is not there, and a limit that needs it says so', (t) => {
  const fixture = fixtureHost(t, 'v2');
  fixtureCgroup(fixture, '/t.service');
  const dir = join(fixture.root, 'sys/fs/cgroup/t.service');
  writeFileSync(join(dir, 'cgroup.controllers'), 'cpu memory pids\n');
  const host = useDelegated(fixture.host, '/t.service');
  assert.equal(host.delegated, '/t.service');
  assert.deepEqual(Object.keys(host.carriers).sort(), ['cpu', 'devices', 'freezer', 'memory', 'pids']);
  assert.equal(host.carriers.cpu, host.unified);
  assert.ok(host.hierarchies.includes(host.unified as never));
  fixtureCgroup(fixture, '/t.service/a');
  const set = { host, path: '/t.service/a', conditions: [] };
  const { conditions } = planLimits(set, { hugetlb: { '2MB': 0 }, pids: { max: 5 } }, {});
  assert.deepEqual(
    conditions.map(({ field, reason }) => `${field} ${reason}`),
    ['hugetlb.2MB NoHugetlbController'],
  );
  assert.match(conditions[0]?.message ?? '', /not handed down to \/t\.service/);
});
