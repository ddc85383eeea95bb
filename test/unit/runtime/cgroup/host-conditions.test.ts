import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { hostConditions } from '#runtime/cgroup/host-conditions.js';
import { verifyLimits } from '#runtime/cgroup/verify-limits.js';
import { type FixtureMode, fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';
import type { Teardown } from '#test/support/temp.js';

const DEVICE = { major: 254, minor: 0, asked: '/data' };

test('a weight that no disk obeys is said, one that all obey is not', (t) => {
  for (const [schedulers, cost, wanted] of [
    [{ vda: '[none] bfq', vdb: '[mq-deadline] bfq' }, '', /no disk obeys it \(vda has none, vdb has mq-deadline\)/],
    [{ vda: 'none [bfq]', vdb: '[none] bfq' }, '', /not every disk obeys it \(vdb has none\)/],
    [{ vda: 'none [bfq]', loop0: '[none]', zram0: '[none]' }, '', undefined],
    [{ vda: '[none] bfq' }, '254:0 enable=1 ctrl=auto\n', undefined],
    [{ vda: '[none] bfq' }, '254:0 enable=0 ctrl=auto\n', /no disk obeys it/],
  ] as const) {
    const { set, put } = cgroup(t, 'v2');
    for (const [index, [name, scheduler]] of Object.entries(schedulers).entries()) {
      put(`sys/block/${name}/queue/scheduler`, `${scheduler}\n`);
      put(`sys/block/${name}/dev`, `254:${index}\n`);
    }
    put('sys/fs/cgroup/io.cost.qos', cost);
    const found = hostConditions(set, { io: { weight: 50 } });
    assert.equal(found.length, wanted === undefined ? 0 : 1, JSON.stringify(found));
    if (wanted !== undefined) assert.match(found[0]?.message ?? '', wanted);
    assert.deepEqual(hostConditions(set, { io: { weight: 100 } }), [], 'the default asks for nothing');
  }
});

test('protection is no more than that of each cgroup above', (t) => {
  const { set, put } = cgroup(t, 'v2');
  const reasons = () => hostConditions(set, { memory: { lowBytes: 5000, minBytes: 0 } }).map(({ message }) => message);
  assert.match(reasons()[0] ?? '', /^memory.low of \/tsgov is 0:/);
  put('sys/fs/cgroup/tsgov/memory.low', '4096\n');
  assert.match(reasons()[0] ?? '', /is 4096/);
  put('sys/fs/cgroup/tsgov/memory.low', 'max\n');
  assert.deepEqual(reasons(), []);
});

test('buffered writes: v2 holds them back only with memory on v2 as well', (t) => {
  const { set } = cgroup(t, 'v2');
  const io = {
    devices: [
      { ...DEVICE, writeBytesPerSec: 5 },
      { ...DEVICE, minor: 16, readIops: 5 },
    ],
  };
  assert.deepEqual(hostConditions(set, { io }), []);
  const memory = { version: 1 as const, mount: '/sys/fs/cgroup/memory', controllers: ['memory' as const] };
  const mixed: CgroupSet = { ...set, host: { ...set.host, carriers: { ...set.host.carriers, memory } } };
  assert.deepEqual(
    hostConditions(mixed, { io }).map(({ field, reason }) => `${field} ${reason}`),
    ['io.devices[0] NoCgroupWriteback'],
  );
});

test('what the kernel made of it is read back: rates, and the CPUs that parents leave', (t) => {
  for (const mode of ['v1', 'v2'] as const) {
    const { set, put } = cgroup(t, mode);
    const limits = { io: { devices: [{ ...DEVICE, writeBytesPerSec: 5, readIops: 'max' as const }] } };
    assert.deepEqual(
      verifyLimits(set, limits).map(({ field, reason }) => `${field} ${reason}`),
      ['io.devices[0].writeBps IoNotInForce'],
    );
    if (mode === 'v1') put('sys/fs/cgroup/blkio/tsgov/a/blkio.throttle.write_bps_device', '254:0 5\n');
    else put('sys/fs/cgroup/tsgov/a/io.max', '254:0 rbps=max wbps=5 riops=max wiops=max\n');
    assert.deepEqual(verifyLimits(set, limits), []);
  }
  const { set, put } = cgroup(t, 'v2');
  put('sys/fs/cgroup/tsgov/a/cpuset.cpus.effective', '1\n');
  const [narrowed, ...others] = verifyLimits(set, { cpuset: { cpus: '0-1', mems: '0' } });
  assert.deepEqual(others, []);
  assert.match(`${narrowed?.field} ${narrowed?.message}`, /^cpuset.cpus 0-1 was asked, 1 is had/);
});

test('a partition that the kernel cannot make is said with its reason; a latency is read back where the kernel keeps any', (t) => {
  const { set, put } = cgroup(t, 'v2');
  const cpuset = { cpus: '0', partition: 'isolated' as const };
  put('sys/fs/cgroup/tsgov/a/cpuset.cpus.partition', 'isolated invalid (Parent is not a partition root)\n');
  const [invalid, ...others] = verifyLimits(set, { cpuset });
  assert.deepEqual(others, []);
  assert.match(
    `${invalid?.field} ${invalid?.reason} ${invalid?.message}`,
    /^cpuset.partition CpusetPartitionInvalid the kernel says "isolated invalid \(Parent is not a partition root\)"/,
  );
  put('sys/fs/cgroup/tsgov/a/cpuset.cpus.partition', 'isolated\n');
  assert.deepEqual(verifyLimits(set, { cpuset }), []);
  const io = { devices: [{ ...DEVICE, latencyUsec: 5000 }] };
  const said = () => verifyLimits(set, { io }).map(({ field, reason }) => `${field} ${reason}`);
  assert.deepEqual(said(), ['io.devices[0].latency IoNotInForce']);
  put('sys/fs/cgroup/tsgov/a/io.latency', '254:0 target=5000\n');
  assert.deepEqual(said(), []);
  const v1 = cgroup(t, 'v1').set;
  assert.deepEqual(verifyLimits(v1, { io }), [], 'the controller says that v1 has none');
});

function cgroup(t: Teardown, mode: FixtureMode) {
  const fixture = fixtureHost(t, mode);
  fixtureCgroup(fixture, '/tsgov');
  fixtureCgroup(fixture, '/tsgov/a');
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(fixture.root, path)), { recursive: true });
    writeFileSync(join(fixture.root, path), text);
  };
  const set: CgroupSet = { host: fixture.host, path: '/tsgov/a', conditions: [] };
  return { set, put };
}
