import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, openCgroup, pathFiles } from '#runtime/cgroup/cgroup-set.js';
import type { LimitController, LimitKey } from '#runtime/cgroup/controller.js';
import { LIMIT_CONTROLLERS, LIMIT_KEYS } from '#runtime/cgroup/limit-controllers.js';
import { planLimits, readSlices } from '#runtime/cgroup/limit-plan.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import { fixtureCgroup, fixtureHost, newCgroupFiles, storedText, writeFixture } from '#test/support/cgroup-fixture.js';

const PAGE = 4096;
const pages = (least: number) => fc.integer({ min: least, max: 1 << 24 }).map((count) => count * PAGE);
const orMax = <T>(amount: fc.Arbitrary<T>) => fc.oneof({ weight: 4, arbitrary: amount }, fc.constant('max' as const));

const rate = orMax(fc.integer({ min: 1, max: 2 ** 32 - 1 }));
const device = fc.record(
  { readBytesPerSec: rate, writeBytesPerSec: rate, readIops: rate, writeIops: rate },
  { requiredKeys: [] },
);
const devices = fc
  .uniqueArray(fc.integer({ min: 0, max: 3 }), { maxLength: 3 })
  .chain((minors) =>
    fc.tuple(
      ...minors.map((minor) => device.map((rates) => ({ major: 8, minor: minor * 16, asked: `8:${minor * 16}`, ...rates }))),
    ),
  );

/** Limits that mean the same on every host, as a user may combine them. */
const anyLimits = fc.record(
  {
    cpu: fc.record(
      {
        maxCores: orMax(fc.integer({ min: 1, max: 400 }).map((percent) => percent / 100)),
        weight: fc.integer({ min: 1, max: 10000 }),
      },
      { requiredKeys: [] },
    ),
    cpuset: fc.record({ cpus: fc.constantFrom('0', '0-3', '1,3'), mems: fc.constant('0') }, { requiredKeys: [] }),
    memory: fc.record({ maxBytes: orMax(pages(2000)), swapMaxBytes: orMax(pages(0)) }, { requiredKeys: [] }),
    io: fc.record({ weight: fc.integer({ min: 1, max: 100 }), devices }, { requiredKeys: [] }),
    pids: fc.record({ max: orMax(fc.integer({ min: 1, max: 100000 })) }, { requiredKeys: [] }),
    hugetlb: fc.record({ '2MB': orMax(pages(0)), '1GB': orMax(pages(0)) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Limits>;

for (const mode of ['v1', 'v2', 'hybrid'] as const)
  test(`${mode}: any sequence of limits → writes → files → limits keeps the last value of each field`, (t) => {
    const { host } = fixtureHost(t, mode);
    fc.assert(
      fc.property(fc.array(anyLimits, { minLength: 1, maxLength: 4 }), (sequence) => {
        const kernel = new MemoryCgroup(host);
        let wanted = kernel.limits();
        for (const limits of sequence) {
          validateLimits(limits, host.facts);
          for (const key of LIMIT_KEYS) kernel.apply(key, limits);
          wanted = merged(wanted, limits, mode !== 'v2');
        }
        assert.deepEqual(comparable(kernel.limits()), comparable(wanted));
      }),
      { numRuns: 500 },
    );
  });

for (const mode of ['v1', 'v2', 'hybrid'] as const)
  test(`${mode}: the same through a tree of files`, (t) => {
    const fixture = fixtureHost(t, mode);
    fixtureCgroup(fixture, '/a');
    const set = openCgroup(fixture.host, '/a');
    assert.ok(set);
    const limits: Limits = {
      cpu: { maxCores: 1.5, weight: 50 },
      cpuset: { cpus: '1,3', mems: '0' },
      memory: { maxBytes: 512 << 20, swapMaxBytes: 0 },
      io: { weight: 40, devices: [{ major: 8, minor: 0, asked: '8:0', readBytesPerSec: 1 << 20, writeIops: 500 }] },
      pids: { max: 64 },
      hugetlb: { '2MB': 64 << 20, '1GB': 'max' },
    };
    const before = readSlices(set, LIMIT_KEYS, pathFiles(set));
    const { writes, conditions } = planLimits(set, limits, before);
    writeFixture(fixture.host, '/a', writes);
    assert.deepEqual(comparable(readSlices(set, LIMIT_KEYS, pathFiles(set))), comparable(merged(before, limits, mode !== 'v2')));
    assert.deepEqual(
      conditions.map(({ reason }) => reason),
      mode === 'v2' ? [] : ['V1BufferedWrites'],
    );
  });

test('v2: what only v2 has, through a tree of files', (t) => {
  const fixture = fixtureHost(t, 'v2');
  fixtureCgroup(fixture, '/a');
  const set = openCgroup(fixture.host, '/a');
  assert.ok(set);
  for (const oomGroup of [true, false]) {
    const memory = { highBytes: 1 << 30, lowBytes: 1 << 20, minBytes: 1 << 16, swapMaxBytes: 16 << 20, oomGroup };
    const cpuset = { cpus: '1', partition: oomGroup ? ('isolated' as const) : ('member' as const) };
    const io = { devices: [{ major: 8, minor: 0, asked: '8:0', writeIops: 5, latencyUsec: 10_000 }] };
    const cpu = { maxCores: 0.5, burstUsec: 10_000, weight: 70, idle: false };
    const before = readSlices(set, LIMIT_KEYS, pathFiles(set));
    writeFixture(fixture.host, '/a', planLimits(set, { cpu, cpuset, memory, io }, before).writes);
    const now = readSlices(set, LIMIT_KEYS, pathFiles(set));
    assert.deepEqual(now.memory, { ...before.memory, ...memory });
    assert.deepEqual(now.cpu, { ...before.cpu, ...cpu });
    assert.deepEqual(now.cpuset, { ...before.cpuset, ...cpuset });
    const [disk] = now.io?.devices ?? [];
    assert.deepEqual([disk?.writeIops, disk?.readIops, disk?.latencyUsec], [5, 'max', 10_000]);
  }
});

test('a host without a controller says so for each field asked, and plans nothing for it', (t) => {
  const { host } = fixtureHost(t, 'v2');
  const { memory: _memory, pids: _pids, ...carriers } = host.carriers;
  const set: CgroupSet = { host: { ...host, carriers, disabled: ['memory'] }, path: '/a', conditions: [] };
  const { writes, conditions } = planLimits(set, { memory: { maxBytes: 1 << 30, highBytes: 5 }, pids: { max: 5 } }, {});
  assert.deepEqual(writes, []);
  assert.deepEqual(
    conditions.map(({ field, reason }) => `${field} ${reason}`),
    ['memory.max NoMemoryController', 'memory.high NoMemoryController', 'pids.max NoPidsController'],
  );
  assert.match(conditions[0]?.message ?? '', /cgroup_disable=memory/);
});

/** One cgroup's interface files in memory, behaving as the fixture's. */
class MemoryCgroup {
  readonly #host: CgroupHost;
  readonly #files = new Map<string, string>();
  /** As InterfaceFiles may: each read overwrites the one before. */
  readonly #into = Buffer.alloc(4096);

  constructor(host: CgroupHost) {
    this.#host = host;
    for (const hierarchy of host.hierarchies)
      for (const [file, text] of Object.entries(newCgroupFiles(host, hierarchy))) this.#files.set(file, text);
  }

  limits(): Limits {
    const set: CgroupSet = { host: this.#host, path: '/memory', conditions: [] };
    return readSlices(set, LIMIT_KEYS, { read: (_owner, file) => this.#buffer(file) });
  }

  apply<K extends LimitKey>(key: K, limits: Limits): void {
    if (limits[key] === undefined) return;
    type Slice = NonNullable<Limits[K]>;
    const entry: LimitController<K> = LIMIT_CONTROLLERS[key];
    const half = this.#host.carriers[entry.controller]?.version === 1 ? entry.v1 : entry.v2;
    const current = (this.limits()[key] ?? {}) as Slice;
    for (const write of half.plan(limits[key] as Slice, current, (file) => this.#files.has(file))) {
      const old = this.#files.get(write.file);
      assert.ok(old !== undefined, `no such interface file: ${write.file}`);
      this.#files.set(write.file, storedText(write, old));
    }
  }

  #buffer(file: string): Buffer | undefined {
    const text = this.#files.get(file);
    return text === undefined ? undefined : this.#into.subarray(0, this.#into.write(text, 'latin1'));
  }
}

/** What should be in force after `change`; on v1 swap cannot be limited while memory is not. */
function merged(before: Limits, change: Limits, v1: boolean): Limits {
  const memory = { ...before.memory, ...change.memory };
  if (v1 && memory.maxBytes === 'max') memory.swapMaxBytes = 'max';
  const byId = new Map((before.io?.devices ?? []).map((one) => [one.asked, one]));
  for (const one of change.io?.devices ?? []) byId.set(one.asked, { ...byId.get(one.asked), ...one });
  return {
    cpu: { ...before.cpu, ...change.cpu },
    cpuset: { ...before.cpuset, ...change.cpuset },
    memory,
    io: { ...before.io, ...change.io, devices: [...byId.values()] },
    pids: { ...before.pids, ...change.pids },
    hugetlb: { ...before.hugetlb, ...change.hugetlb },
  };
}

/** Without what is derived (shares, blkio weight), and "no limit" on a disk as its absence, which is how v1 shows it. */
function comparable(limits: Limits): unknown {
  const { shares: _shares, ...cpu } = limits.cpu ?? {};
  const { blkioWeight: _blkio, devices: found = [], ...io } = limits.io ?? {};
  const disks = found
    .map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== 'max')))
    .filter((one) => Object.keys(one).length > 3)
    .sort((a, b) => Number(a.minor) - Number(b.minor));
  return { ...limits, cpu, io: { ...io, disks } };
}
