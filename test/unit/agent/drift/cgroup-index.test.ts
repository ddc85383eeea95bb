import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Governed } from '#agent/containers/governed.js';
import { CgroupIndex } from '#agent/drift/cgroup-index.js';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';

test('a container that is seen in a hierarchy more is found as before, at the next batch', (t) => {
  const fixture = fixtureHost(t, 'v1');
  fixtureCgroup(fixture, '/a');
  const setIn = (count: number): CgroupSet => ({
    host: fixture.host,
    path: '/a',
    places: new Map(fixture.host.hierarchies.slice(0, count).map((hierarchy) => [hierarchy, '/a'])),
    conditions: [],
  });
  const container = { id: 'a', cgroup: setIn(1) as CgroupSet | undefined };
  const all: Governed[] = [];
  const index = new CgroupIndex(
    (dir) => dir,
    () => all,
  );
  const found = (): (Governed | undefined)[] => {
    index.begin();
    return directories(setIn(3)).map(({ dir }) => index.find(dir));
  };
  const it = container as unknown as Governed;
  assert.deepEqual(found(), [undefined, undefined, undefined]);
  all.push(it);
  assert.deepEqual(found(), [it, undefined, undefined]);
  container.cgroup = setIn(3);
  assert.deepEqual(found(), [it, it, it]);
  // The same places, made anew.
  container.cgroup = setIn(3);
  assert.deepEqual(found(), [it, it, it]);
  container.cgroup = undefined;
  assert.deepEqual(found(), [undefined, undefined, undefined]);
});
