import assert from 'node:assert/strict';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { loadDevicePrograms } from '#native/device-programs.js';
import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { cgroupExists, cgroupId, directories, joinFiles, openCgroup, paths } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { DeviceRule } from '#runtime/cgroup/limits.js';
import { procs } from '#runtime/cgroup/procs.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { removeCgroup, removeIfEmpty } from '#runtime/cgroup/remove-cgroup.js';
import { forksIn, guestIn, kernelText, outcome } from '#test/support/cgroup-guest.js';
import { ABSENT_DISK, newCgroup, ROOTS } from '#test/support/new-cgroup.js';
import { cgroupMode, type Requirements, requires } from '#test/support/requires.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

const MiB = 1 << 20;

const HOST = detectCgroups(ROOTS, await loadDevicePrograms());

/** What restricts devices here; on a hybrid host also the v2 tree's programs, as on a pure v2 host. */
const V2_DEVICES: CgroupHost =
  HOST.unified === undefined ? HOST : { ...HOST, carriers: { ...HOST.carriers, devices: HOST.unified } };
const DEVICE_HOSTS: [name: string, host: CgroupHost, needs: Requirements][] = [
  ['this host’s means', HOST, {}],
  ['a program on the v2 tree beside v1', V2_DEVICES, { cgroup: 'hybrid' }],
];

describe('making a cgroup', requires({ root: true }), () => {
  test('the host’s mode is what is mounted', () => {
    assert.equal(detectCgroups(ROOTS).mode, cgroupMode());
  });

  test('limits are in the kernel’s own files before anything joins', (t) => {
    const disk = resolveBlockDevice(tempDir(t), ROOTS, 'device');
    const set = newCgroup(t, {
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
    const set = newCgroup(t, { pids: { max: 10 } });
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
    const set = newCgroup(t);
    for (const { dir } of directories(set)) assert.ok(existsSync(dir), dir);
    for (const dir of Object.values(paths(set))) assert.ok(existsSync(`${dir}/cgroup.procs`), dir);
    const { v1Procs, v2Dir } = joinFiles(set);
    assert.equal(v1Procs.length + (v2Dir === undefined ? 0 : 1), set.host.hierarchies.length);
    if (v2Dir !== undefined) assert.equal(cgroupId(set), BigInt(statSync(v2Dir).ino));
    assert.deepEqual(openCgroup(set.host, set.path)?.path, set.path);
    assert.equal(openCgroup(set.host, `${set.path}-not`), undefined);
  });

  test('one that exists is not taken over', (t) => {
    const set = newCgroup(t, { pids: { max: 5 } });
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
    const set = newCgroup(t, { pids: { max: 5 } });
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

describe('removing', requires({ root: true }), () => {
  test('nested cgroups go with it, missing ones are fine', async (t) => {
    const set = newCgroup(t);
    for (const { dir } of directories(set)) mkdirSync(`${dir}/one/two`, { recursive: true });
    await removeCgroup(set, { clock });
    await removeCgroup(set, { clock });
    assert.equal(cgroupExists(set), false);
  });

  test('processes that stay are named; those that end in time are waited for', async (t) => {
    const set = newCgroup(t);
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
    const set = newCgroup(t);
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
