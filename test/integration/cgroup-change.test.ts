import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { cgroupExists, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { nestedCgroups, procs } from '#runtime/cgroup/procs.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { removeCgroup } from '#runtime/cgroup/remove-cgroup.js';
import { forksIn, guestIn, kernelText } from '#test/support/cgroup-guest.js';
import { ABSENT_DISK, newCgroup, ROOTS } from '#test/support/new-cgroup.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const MiB = 1 << 20;
const HUGE_PAGES = '/sys/kernel/mm/hugepages';

describe('changing limits of a cgroup in use', requires({ root: true }), () => {
  test('they are in the kernel at once, the others stay', async (t) => {
    const set = newCgroup(t, { cpu: { maxCores: 0.5 }, memory: { maxBytes: 64 * MiB, swapMaxBytes: 0 }, pids: { max: 5 } });
    await forksIn(t, set, 1, 'sleep');
    const applied = await applyLimits(set, { cpu: { maxCores: 0.25 }, memory: { maxBytes: 128 * MiB } }, { clock });
    assert.deepEqual(applied?.conditions, []);
    assert.match(kernelText(set, 'cpu', { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' }), /^25000/);
    assert.equal(kernelText(set, 'memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }), String(128 * MiB));
    assert.equal(kernelText(set, 'pids', { v1: 'pids.max', v2: 'pids.max' }), '5');
    await applyLimits(set, { memory: { maxBytes: 32 * MiB } }, { clock });
    assert.equal(kernelText(set, 'memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }), String(32 * MiB));
  });

  test('period, quota and burst change together, both ways', async (t) => {
    const set = newCgroup(t, { cpu: { maxCores: 1, periodUsec: 100_000, burstUsec: 90_000 } });
    for (const cpu of [
      { maxCores: 0.1, periodUsec: 10_000, burstUsec: 500 },
      { maxCores: 2, periodUsec: 500_000, burstUsec: 900_000 },
    ].filter(({ maxCores }) => maxCores <= set.host.facts.cpus.length)) {
      await applyLimits(set, { cpu }, { clock });
      const { maxCores, periodUsec, burstUsec } = readLimits(set)?.cpu ?? {};
      assert.deepEqual({ maxCores, periodUsec, burstUsec }, cpu);
    }
  });

  test('idle and back', async (t) => {
    const set = newCgroup(t, { cpu: { weight: 250 } });
    await applyLimits(set, { cpu: { idle: true } }, { clock });
    assert.equal(readLimits(set)?.cpu?.idle, true);
    await applyLimits(set, { cpu: { idle: false, weight: 250 } }, { clock });
    const { idle, weight } = readLimits(set)?.cpu ?? {};
    assert.deepEqual({ idle, weight }, { idle: false, weight: 250 });
  });

  test('when the kernel refuses one, all are as before', async (t) => {
    const set = newCgroup(t, { cpu: { maxCores: 0.5, weight: 250 }, memory: { maxBytes: 64 * MiB }, pids: { max: 7 } });
    const before = readLimits(set);
    const change: Limits = {
      cpu: { maxCores: 0.3, idle: true },
      memory: { maxBytes: 256 * MiB, swapMaxBytes: 0 },
      io: { devices: [ABSENT_DISK] },
    };
    await assert.rejects(applyLimits(set, change, { clock }), {
      code: 'LIMIT_REFUSED',
      field: /^limits\.io\.devices\[0\]/,
      message: /"200:7 .*ENODEV/,
      notRestored: [],
    });
    assert.deepEqual(readLimits(set), before);
  });

  test('a refused value changes nothing and names its field', async (t) => {
    const set = newCgroup(t, { cpu: { maxCores: 0.5 } });
    const before = readLimits(set);
    for (const [limits, field] of [
      [{ memory: { maxBytes: 1 } }, 'limits.memory.max'],
      [{ cpu: { maxCores: 9999 } }, 'limits.cpu.max'],
      [{ cpuset: { cpus: '4095' } }, 'limits.cpuset.cpus'],
    ] as const)
      await assert.rejects(applyLimits(set, limits, { clock }), { code: 'LIMIT_INVALID', field });
    assert.deepEqual(readLimits(set), before);
  });

  test('CPUs are taken from nested cgroups too, and given back', requires({ controller: 'cpuset', cpus: 2 }), async (t) => {
    const set = newCgroup(t);
    const dir = directoryOf(set, 'cpuset') as string;
    mkdirSync(`${dir}/in/side`, { recursive: true });
    const guest = guestIn(t, set, ['sleep', '60']);
    await applyLimits(set, { cpuset: { cpus: '1' } }, { clock });
    assert.equal(readLimits(set)?.cpuset?.cpus, '1');
    if (set.host.carriers.cpuset?.version === 1)
      for (const below of nestedCgroups(dir)) assert.equal(readFileSync(`${dir}/${below}/cpuset.cpus`, 'latin1'), '1\n');
    await assert.rejects(applyLimits(set, { cpuset: { cpus: '0' }, io: { devices: [ABSENT_DISK] } }, { clock }), /ENODEV/);
    assert.equal(readLimits(set)?.cpuset?.cpus, '1');
    await applyLimits(set, { cpuset: { cpus: '' } }, { clock });
    const [first, last] = [set.host.facts.cpus[0], set.host.facts.cpus.at(-1)];
    assert.equal(readLimits(set)?.cpuset?.cpus, `${first}-${last}`);
    await guest.end();
  });

  test('of a cgroup that is gone the answer is undefined', async (t) => {
    const set = newCgroup(t);
    await removeCgroup(set, { clock });
    assert.equal(await applyLimits(set, { pids: { max: 5 } }, { clock }), undefined);
    assert.equal(readLimits(set), undefined);
    assert.equal(readStats(set), undefined);
    assert.deepEqual(procs(set), []);
    assert.equal(cgroupExists(set), false);
  });

  test('huge pages, where the v2 tree or v1 carries them', requires({ controller: 'hugetlb', path: HUGE_PAGES }), async (t) => {
    const host = detectCgroups(ROOTS);
    const [size] = host.facts.hugePageSizes;
    assert.ok(size !== undefined, HUGE_PAGES);
    const handBack = handBackLater(host.unified?.mount, 'hugetlb');
    const set = createCgroup(host, `${tempCgroupParent(t)}/a`, { hugetlb: { [size]: 0 } });
    t.after(handBack);
    assert.deepEqual(set.conditions, []);
    assert.equal(kernelText(set, 'hugetlb', { v1: `hugetlb.${size}.limit_in_bytes`, v2: `hugetlb.${size}.max` }), '0');
    await applyLimits(set, { hugetlb: { [size]: 'max' } }, { clock });
    assert.equal(readLimits(set)?.hugetlb?.[size], 'max');
  });
});

/** Takes back a controller that the test makes the v2 root hand down, once the test's cgroups are gone. */
function handBackLater(mount: string | undefined, controller: string): () => void {
  const file = `${mount}/cgroup.subtree_control`;
  if (mount === undefined || readFileSync(file, 'latin1').split(/\s+/).includes(controller)) return () => undefined;
  return () => {
    try {
      writeFileSync(file, `-${controller}`, { flag: 'r+' });
    } catch (error) {
      // Somebody else beside this test has it handed down further by now.
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    }
  };
}
