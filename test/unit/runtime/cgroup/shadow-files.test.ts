import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { type CgroupSet, directoryOf, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import type { Controller } from '#runtime/cgroup/controller.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { readShadows } from '#runtime/cgroup/shadow-files.js';
import { type FixtureMode, fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';
import type { Teardown } from '#test/support/temp.js';

function cgroup(t: Teardown, mode: FixtureMode, files: readonly (readonly [Controller, string, string])[]): CgroupSet {
  const fixture = fixtureHost(t, mode);
  fixtureCgroup(fixture, '/a');
  const set: CgroupSet = { host: fixture.host, path: '/a', conditions: [] };
  for (const [controller, file, text] of files) writeFileSync(`${directoryOf(set, controller)}/${file}`, `${text}\n`);
  return set;
}

const shadows = (set: CgroupSet, limits: Limits) => Object.fromEntries(readShadows(set, limits, pathFiles(set)));
const HUGE: Limits = { hugetlb: { '2MB': 4 << 20 } };

for (const [mode, suffix, unlimited] of [
  ['v1', 'limit_in_bytes', '9223372036854771712'],
  ['v2', 'max', 'max'],
  ['hybrid', 'max', 'max'],
] as const)
  test(`${mode}: reserved huge pages that say something else than those in use`, (t) => {
    const main = ['hugetlb', `hugetlb.2MB.${suffix}`, `${4 << 20}`] as const;
    assert.deepEqual(shadows(cgroup(t, mode, [main, ['hugetlb', `hugetlb.2MB.rsvd.${suffix}`, `${4 << 20}`]]), HUGE), {});
    const off = cgroup(t, mode, [main, ['hugetlb', `hugetlb.2MB.rsvd.${suffix}`, unlimited]]);
    assert.deepEqual(shadows(off, HUGE), { 'hugetlb.2MB': 'max' });
    assert.deepEqual(shadows(off, {}), {}, 'nobody asks for a limit');
  });

test('v2: the weight for bfq that is not what io.weight makes it', (t) => {
  const files = (bfq: string) =>
    [
      ['io', 'io.weight', 'default 200'],
      ['io', 'io.bfq.weight', bfq],
    ] as const;
  assert.deepEqual(shadows(cgroup(t, 'v2', files('default 109')), { io: { weight: 200 } }), {});
  assert.deepEqual(shadows(cgroup(t, 'v2', files('109')), { io: { weight: 200 } }), {}, 'as older kernels print it');
  assert.deepEqual(shadows(cgroup(t, 'v2', files('default 900')), { io: { weight: 200 } }), { 'io.weight': 900 });
  assert.deepEqual(shadows(cgroup(t, 'v2', files('default 900')), { io: { blkioWeight: 500 } }), { 'io.blkioWeight': 900 });
});
