import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idHierarchies, taskHierarchy } from '#agent/bpf/id-space.js';
import { fixtureHost } from '#test/support/cgroup-fixture.js';

test('on v2 every id is of the one tree', (t) => {
  const { host } = fixtureHost(t, 'v2');
  assert.equal(taskHierarchy(host), 'v2');
  const spaces = idHierarchies(host);
  assert.deepEqual(Object.keys(spaces).toSorted(), ['io', 'memory', 'sockets', 'tasks']);
  assert.ok(Object.values(spaces).every(({ hierarchy }) => hierarchy === host.unified));
});

test('on a hybrid host tasks go by a v1 hierarchy, which also containers without a v2 cgroup are in, and sockets by v2', (t) => {
  const { host } = fixtureHost(t, 'hybrid');
  assert.equal(taskHierarchy(host), 'memory');
  const spaces = idHierarchies(host);
  assert.equal(spaces.tasks?.hierarchy, host.carriers.memory);
  assert.equal(spaces.io?.hierarchy, host.carriers.io);
  assert.equal(spaces.sockets?.hierarchy, host.unified);
});

test('on v1 sockets have no cgroup that says anything', (t) => {
  const { host } = fixtureHost(t, 'v1');
  assert.equal(taskHierarchy(host), 'memory');
  assert.equal(idHierarchies(host).sockets, undefined);
  const { memory: _, ...carriers } = host.carriers;
  assert.equal(taskHierarchy({ ...host, carriers }), 'cpu', 'memory is turned off (cgroup_disable=memory)');
});
