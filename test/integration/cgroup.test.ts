import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { loadDevicePrograms } from '#native/device-programs.js';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import {
  type CgroupSet,
  cgroupExists,
  cgroupId,
  directories,
  directoryOf,
  joinFiles,
  openCgroup,
  paths,
} from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { DeviceRule, Limits } from '#runtime/cgroup/limits.js';
import { mountAt, parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import { nestedCgroups, procs } from '#runtime/cgroup/procs.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { removeCgroup, removeIfEmpty } from '#runtime/cgroup/remove-cgroup.js';
import { forksIn, guestIn, kernelText, outcome } from '#test/support/cgroup-guest.js';
import { cgroupMode, type Requirements, requires } from '#test/support/requires.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

const MiB = 1 << 20;
const ROOTS = { procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' };
const ABSENT_DISK = { major: 200, minor: 7, asked: '/dev/absent', readIops: 5 };

const HOST = detectCgroups(ROOTS, await loadDevicePrograms());

/** What restricts devices here; on a hybrid host also the v2 tree's programs, as on a pure v2 host. */
const V2_DEVICES: CgroupHost =
  HOST.unified === undefined ? HOST : { ...HOST, carriers: { ...HOST.carriers, devices: HOST.unified } };
const DEVICE_HOSTS: [name: string, host: CgroupHost, needs: Requirements][] = [
  ['this host’s means', HOST, {}],
  ['a program on the v2 tree beside v1', V2_DEVICES, { cgroup: 'hybrid' }],
];

function cgroupIn(t: TestContext, limits: Limits = {}): CgroupSet {
  return createCgroup(detectCgroups(ROOTS), `${tempCgroupParent(t)}/a`, limits);
}

describe('making a cgroup', requires({ root: true }), () => {
  test('the host’s mode is what is mounted', () => {
    assert.equal(detectCgroups(ROOTS).mode, cgroupMode());
  });

  test('limits are in the kernel’s own files before anything joins', (t) => {
    const disk = resolveBlockDevice(tempDir(t), ROOTS, 'device');
    const set = cgroupIn(t, {
      cpu: { maxCores: 0.5, weight: 50 },
      cpuset: { cpus: '0' },
      memory: { maxBytes: 64 * MiB },
      pids: { max: 64 },
      io: { devices: [{ ...disk, asked: '/', writeBytesPerSec: 4 * MiB, readIops: 100 }] },
    });
    const quota = kernelText(set, 'cpu', { v1: 'cpu.cfs_quota_us', v2: 'cpu.max' });
    assert.match(quota, /^50000( 100000)?$/);
    assert.equal(
      kernelText(set, 'cpu', { v1: 'cpu.shares', v2: 'cpu.weight' }),
      set.host.carriers.cpu?.version === 1 ? '421' : '50',
    );
    assert.equal(kernelText(set, 'cpuset', { v1: 'cpuset.cpus', v2: 'cpuset.cpus' }), '0');
    assert.equal(kernelText(set, 'memory', { v1: 'memory.limit_in_bytes', v2: 'memory.max' }), String(64 * MiB));
    assert.equal(kernelText(set, 'pids', { v1: 'pids.max', v2: 'pids.max' }), '64');
    const rate = kernelText(set, 'io', { v1: 'blkio.throttle.write_bps_device', v2: 'io.max' });
    assert.ok(rate.startsWith(`${disk.major}:${disk.minor} `) && rate.includes('4194304'), rate);
    assert.deepEqual(procs(set), []);
    assert.equal(readLimits(set)?.io?.devices?.[0]?.readIops, 100);
  });

  test('a process joins by the files given, is seen, counted and held to its limit', async (t) => {
    const set = cgroupIn(t, { pids: { max: 10 } });
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 60 & done';
    const { child } = guestIn(t, set, ['/bin/sh', '-c', script]);
    let message = '';
    for await (const chunk of child.stderr as AsyncIterable<Buffer>) {
      message += String(chunk);
      if (/fork/i.test(message)) break;
    }
    assert.match(message, /fork/i);
    const stats = readStats(set);
    assert.ok(stats);
    assert.equal(stats.pids.max, 10);
    assert.ok((stats.pids.maxEvents ?? 0) > 0);
    assert.ok((stats.cpu.usageUsec ?? 0) > 0);
    assert.ok((stats.memory.currentBytes ?? 0) > 0);
    const pids = procs(set);
    assert.ok(pids.length >= 9 && pids.length <= 10, `${pids.length} processes`);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  });

  test('every hierarchy has it, the v2 tree too, by the paths shown', (t) => {
    const set = cgroupIn(t);
    for (const { dir } of directories(set)) assert.ok(existsSync(dir), dir);
    for (const dir of Object.values(paths(set))) assert.ok(existsSync(`${dir}/cgroup.procs`), dir);
    const { v1Procs, v2Dir } = joinFiles(set);
    assert.equal(v1Procs.length + (v2Dir === undefined ? 0 : 1), set.host.hierarchies.length);
    if (v2Dir !== undefined) assert.equal(cgroupId(set), BigInt(statSync(v2Dir).ino));
    assert.deepEqual(openCgroup(set.host, set.path)?.path, set.path);
    assert.equal(openCgroup(set.host, `${set.path}-not`), undefined);
  });

  test('one that exists is not taken over', (t) => {
    const set = cgroupIn(t, { pids: { max: 5 } });
    assert.throws(() => createCgroup(set.host, set.path, {}), { code: 'CGROUP_EXISTS' });
    assert.equal(readLimits(set)?.pids?.max, 5);
  });

  test('a refused limit leaves nothing behind, in no hierarchy, and names the write', (t) => {
    const parent = tempCgroupParent(t);
    const host = detectCgroups(ROOTS);
    assert.throws(() => createCgroup(host, `${parent}/x/y`, { pids: { max: 5 }, io: { devices: [ABSENT_DISK] } }), {
      code: 'LIMIT_REFUSED',
      message: /200:7 .*ENODEV \(no such whole disk/,
    });
    for (const { mount } of host.hierarchies) assert.equal(existsSync(mount + parent), false, mount);
    assert.ok(createCgroup(host, `${parent}/x/y`, { pids: { max: 5 } }), 'and the same host can make it after that');
  });

  test('bad limits and paths are refused before anything is made', (t) => {
    const parent = tempCgroupParent(t);
    const host = detectCgroups(ROOTS);
    assert.throws(() => createCgroup(host, `${parent}/a`, { memory: { maxBytes: 1 } }), { field: 'limits.memory.max' });
    assert.throws(() => createCgroup(host, `${parent}/../a`, {}), { code: 'CGROUP_PATH_INVALID' });
    for (const { mount } of host.hierarchies) assert.equal(existsSync(mount + parent), false, mount);
  });

  test('a parent that somebody removed is made again', async (t) => {
    const set = cgroupIn(t, { pids: { max: 5 } });
    await removeCgroup(set, { clock });
    removeIfEmpty(set.host, set.path.slice(0, set.path.lastIndexOf('/')));
    const again = createCgroup(set.host, set.path, { pids: { max: 6 } });
    assert.equal(readLimits(again)?.pids?.max, 6);
  });

  for (const [name, host, needs] of DEVICE_HOSTS)
    test(`device rules are in force, by ${name}`, requires(needs), async (t) => {
      const set = createCgroup(host, `${tempCgroupParent(t)}/a`, {}, [
        { allow: false, type: 'a', access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 3, access: 'rwm' },
        { allow: true, type: 'c', major: 1, minor: 5, access: 'r' },
        { allow: true, type: 'c', major: 1, minor: 7, access: 'm' },
      ]);
      assert.deepEqual(set.conditions, []);
      const dir = tempDir(t);
      const script = `echo x > /dev/null && echo null; head -c1 /dev/zero | wc -c; (echo x > /dev/zero) || echo no zero
        mknod ${dir}/full c 1 7 && echo node; mknod ${dir}/disk b 7 0 || echo no disk; head -c1 /dev/full`;
      const { stdout, stderr } = await outcome(guestIn(t, set, ['/bin/sh', '-c', script]));
      assert.equal(stdout, 'null\n1\nno zero\nnode\nno disk\n');
      assert.match(stderr, /full.*not permitted/);
    });

  test('without a way to restrict devices that is a condition', (t) => {
    const { devices: _devices, ...carriers } = HOST.carriers;
    const rules: DeviceRule[] = [{ allow: false, type: 'a', access: 'rwm' }];
    const set = createCgroup({ ...HOST, carriers }, `${tempCgroupParent(t)}/a`, {}, rules);
    assert.deepEqual(
      set.conditions.map(({ field, reason }) => `${field} ${reason}`),
      ['devices NoDeviceControl'],
    );
  });
});

describe('changing limits of a cgroup in use', requires({ root: true }), () => {
  test('they are in the kernel at once, the others stay', async (t) => {
    const set = cgroupIn(t, { cpu: { maxCores: 0.5 }, memory: { maxBytes: 64 * MiB, swapMaxBytes: 0 }, pids: { max: 5 } });
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
    const set = cgroupIn(t, { cpu: { maxCores: 1, periodUsec: 100_000, burstUsec: 90_000 } });
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
    const set = cgroupIn(t, { cpu: { weight: 250 } });
    await applyLimits(set, { cpu: { idle: true } }, { clock });
    assert.equal(readLimits(set)?.cpu?.idle, true);
    await applyLimits(set, { cpu: { idle: false, weight: 250 } }, { clock });
    const { idle, weight } = readLimits(set)?.cpu ?? {};
    assert.deepEqual({ idle, weight }, { idle: false, weight: 250 });
  });

  test('when the kernel refuses one, all are as before', async (t) => {
    const set = cgroupIn(t, { cpu: { maxCores: 0.5, weight: 250 }, memory: { maxBytes: 64 * MiB }, pids: { max: 7 } });
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
    const set = cgroupIn(t, { cpu: { maxCores: 0.5 } });
    const before = readLimits(set);
    for (const [limits, field] of [
      [{ memory: { maxBytes: 1 } }, 'limits.memory.max'],
      [{ cpu: { maxCores: 9999 } }, 'limits.cpu.max'],
      [{ cpuset: { cpus: '4095' } }, 'limits.cpuset.cpus'],
    ] as const)
      await assert.rejects(applyLimits(set, limits, { clock }), { code: 'LIMIT_INVALID', field });
    assert.deepEqual(readLimits(set), before);
  });

  test('CPUs are taken from nested cgroups too, and given back', requires({ controller: 'cpuset' }), async (t) => {
    const set = cgroupIn(t);
    if (set.host.facts.cpus.length < 2) return t.skip('requires 2 CPUs');
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
    const set = cgroupIn(t);
    await removeCgroup(set, { clock });
    assert.equal(await applyLimits(set, { pids: { max: 5 } }, { clock }), undefined);
    assert.equal(readLimits(set), undefined);
    assert.equal(readStats(set), undefined);
    assert.deepEqual(procs(set), []);
    assert.equal(cgroupExists(set), false);
  });

  test('huge pages, where the v2 tree or v1 carries them', requires({ controller: 'hugetlb' }), async (t) => {
    const host = detectCgroups(ROOTS);
    const [size] = host.facts.hugePageSizes;
    if (size === undefined || host.carriers.hugetlb === undefined) return t.skip('requires huge pages');
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

describe('removing', requires({ root: true }), () => {
  test('nested cgroups go with it, missing ones are fine', async (t) => {
    const set = cgroupIn(t);
    for (const { dir } of directories(set)) mkdirSync(`${dir}/one/two`, { recursive: true });
    await removeCgroup(set, { clock });
    await removeCgroup(set, { clock });
    assert.equal(cgroupExists(set), false);
  });

  test('processes that stay are named; those that end in time are waited for', async (t) => {
    const set = cgroupIn(t);
    const guest = await forksIn(t, set, 3, 'sleep');
    await assert.rejects(removeCgroup(set, { clock, deadlineMs: 20 }), {
      code: 'CGROUP_BUSY',
      message: new RegExp(`processes ${guest.pid}\\b`),
    });
    assert.equal(procs(set).length, 4);
    const removed = removeCgroup(set, { clock, deadlineMs: 60_000 });
    await guest.end();
    await removed;
    assert.equal(cgroupExists(set), false);
  });

  test('a parent goes only when it is empty', async (t) => {
    const set = cgroupIn(t);
    const parent = set.path.slice(0, set.path.lastIndexOf('/'));
    const other = createCgroup(set.host, `${parent}/b`, {});
    await removeCgroup(set, { clock });
    removeIfEmpty(set.host, parent);
    assert.ok(cgroupExists(other));
    await removeCgroup(other, { clock });
    removeIfEmpty(set.host, parent);
    for (const { mount } of set.host.hierarchies) assert.equal(existsSync(mount + parent), false);
  });
});

describe('the disk behind a path', () => {
  test('of / and of a directory for temporary files is a whole disk of this machine', (t) => {
    const root = mountAt(parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8')), '/');
    // A guest's root is an overlay whose layers nobody sees any more.
    for (const path of [tempDir(t), ...(root?.fsType === 'overlay' ? [] : ['/'])]) {
      const { major, minor, name } = resolveBlockDevice(path, ROOTS, 'device');
      assert.equal(readFileSync(`/sys/block/${name}/dev`, 'latin1'), `${major}:${minor}\n`);
    }
  });

  test(
    'of a loop device is that device: the kernel writes its file for itself, past the limits of the disk below',
    requires({ root: true, binary: 'losetup', path: '/dev/loop-control' }),
    (t) => {
      const dir = tempDir(t);
      const image = join(dir, 'disk.img');
      writeFileSync(image, '');
      truncateSync(image, MiB);
      const loop = execFileSync('losetup', ['--find', '--show', image], { encoding: 'utf8' }).trim();
      t.after(() => execFileSync('losetup', ['--detach', loop]));
      const found = resolveBlockDevice(loop, ROOTS, 'device');
      assert.equal(found.name, loop.slice('/dev/'.length));
      assert.equal(readFileSync(`/sys/block/${found.name}/dev`, 'latin1'), `${found.major}:${found.minor}\n`);
    },
  );
});
