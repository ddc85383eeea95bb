import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import { ForeignLimits } from '#agent/sampler/foreign-limits.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { type FixtureMode, fixtureCgroup, fixtureHost, writeFixture } from '#test/support/cgroup-fixture.js';

const SET: ContainerSnapshot['limits'] = { 'pids.max': 7 };
const OURS = { run: {}, override: {} };

/** A container of others, found in a first tick, and how later ones see it; `writes` is done by its own runtime. */
function found(t: TestContext, mode: FixtureMode) {
  const fixture = fixtureHost(t, mode);
  fixtureCgroup(fixture, '/a');
  const cgroup: CgroupSet = { host: fixture.host, path: '/a', conditions: [] };
  const limits = new ForeignLimits();
  const seen = (atMs: number, over: { set?: typeof SET; ours?: typeof OURS; cgroup?: CgroupSet } = {}) => {
    limits.begin();
    return limits.of({ id: 'a', cgroup: over.cgroup ?? cgroup, limits: over.ours ?? OURS }, over.set ?? SET, atMs);
  };
  const file = mode === 'v2' ? 'memory.max' : 'memory.limit_in_bytes';
  const writes = (value: string) =>
    writeFixture(fixture.host, '/a', [{ controller: 'memory', field: 'memory.max', file, value }]);
  return { cgroup, seen, writes };
}

for (const mode of ['v1', 'v2', 'hybrid'] as const) {
  test(`${mode}: what was found is read again after half a minute, and at once when something of ours changes`, (t) => {
    const { cgroup, seen, writes } = found(t, mode);
    assert.equal(seen(0).found['memory.max'], 'max');
    writes('8192');
    assert.equal(seen(29_000).found['memory.max'], 'max');
    assert.equal(seen(30_000).found['memory.max'], 8192);
    writes('4096');
    assert.equal(seen(31_000, { ours: { ...OURS } }).found['memory.max'], 4096);
    writes('12288');
    assert.equal(seen(32_000, { cgroup: { ...cgroup } }).found['memory.max'], 12288);
  });

  test(`${mode}: what we set comes before what was found`, (t) => {
    const { seen, writes } = found(t, mode);
    writes('8192');
    const { found: as, all } = seen(0);
    assert.equal(as['pids.max'], 'max');
    assert.deepEqual([all['pids.max'], all['memory.max']], [7, 8192]);
    assert.equal(seen(1000, { set: { 'pids.max': 9 } }).all['pids.max'], 9);
  });
}

test('what says the same is the same object, also when it was read again', (t) => {
  const { seen, writes } = found(t, 'v2');
  const first = seen(0);
  assert.equal(seen(1000).all, first.all);
  const again = seen(60_000);
  assert.equal(again.all, first.all);
  assert.equal(again.found, first.found);
  writes('8192');
  assert.notEqual(seen(120_000).all, first.all);
});

test('those that came together are not all read again in one tick', (t) => {
  const { cgroup, writes } = found(t, 'v2');
  const limits = new ForeignLimits();
  const ids = Array.from({ length: 40 }, (_, index) => String(index));
  const tick = (atMs: number) => {
    limits.begin();
    return ids.map((id) => limits.of({ id, cgroup, limits: OURS }, SET, atMs).found['memory.max']);
  };
  tick(0);
  writes('8192');
  assert.equal(tick(30_000).filter((max) => max === 8192).length, 30);
  assert.equal(tick(31_000).filter((max) => max === 8192).length, 40);
});
