import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { directoryOf } from '#runtime/cgroup/cgroup-set.js';
import type { Controller } from '#runtime/cgroup/controller.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { LIMIT_FEATURES } from '#runtime/cgroup/limit-features.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { AgentHere } from '#test/support/agent-here.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const MiB = 1 << 20;
const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
const DISK = diskNumber();
const [PAGE = '2MB'] = HOST.facts.hugePageSizes;

interface Case {
  field: string;
  /** What tells it from another case of that field. */
  beside?: string;
  controller: Controller;
  limits: Limits;
  /** Reasons where the controller is on v1, and where it is on v2. */
  v1: string[];
  v2: string[];
}

/** What kernels from 5.15 on carry of each limit alone, in a cgroup whose parent has no limits. */
const CASES: readonly Case[] = [
  { field: 'cpu.max', controller: 'cpu', limits: { cpu: { maxCores: 0.5 } }, v1: [], v2: [] },
  { field: 'cpu.period', controller: 'cpu', limits: { cpu: { maxCores: 0.5, periodUsec: 50_000 } }, v1: [], v2: [] },
  { field: 'cpu.burst', controller: 'cpu', limits: { cpu: { maxCores: 0.5, burstUsec: 10_000 } }, v1: [], v2: [] },
  { field: 'cpu.weight', controller: 'cpu', limits: { cpu: { weight: 50 } }, v1: [], v2: [] },
  { field: 'cpu.shares', controller: 'cpu', limits: { cpu: { shares: 512 } }, v1: [], v2: [] },
  { field: 'cpu.idle', controller: 'cpu', limits: { cpu: { idle: true } }, v1: [], v2: [] },
  {
    field: 'cpu.weight',
    beside: 'of an idle one',
    controller: 'cpu',
    limits: { cpu: { weight: 50, idle: true } },
    v1: ['IdleOutranksWeight'],
    v2: ['IdleOutranksWeight'],
  },
  { field: 'cpuset.cpus', controller: 'cpuset', limits: { cpuset: { cpus: String(HOST.facts.cpus[0]) } }, v1: [], v2: [] },
  { field: 'cpuset.mems', controller: 'cpuset', limits: { cpuset: { mems: String(HOST.facts.mems[0]) } }, v1: [], v2: [] },
  {
    field: 'cpuset.partition',
    controller: 'cpuset',
    // A test's parent is no partition.
    limits: { cpuset: { cpus: String(HOST.facts.cpus[0]), partition: 'isolated' } },
    v1: ['V1NoCpusetPartition'],
    v2: ['CpusetPartitionInvalid'],
  },
  { field: 'memory.max', controller: 'memory', limits: { memory: { maxBytes: 64 * MiB } }, v1: [], v2: [] },
  { field: 'memory.high', controller: 'memory', limits: { memory: { highBytes: 64 * MiB } }, v1: ['V1NoMemoryHigh'], v2: [] },
  {
    field: 'memory.low',
    controller: 'memory',
    limits: { memory: { lowBytes: MiB } },
    v1: ['V1SoftLimit'],
    v2: ['ParentNotProtected'],
  },
  {
    field: 'memory.min',
    controller: 'memory',
    limits: { memory: { minBytes: MiB } },
    v1: ['V1NoMemoryMin'],
    v2: ['ParentNotProtected'],
  },
  {
    field: 'memory.swap',
    controller: 'memory',
    limits: { memory: { maxBytes: 64 * MiB, swapMaxBytes: 0 } },
    v1: unlessThere('memory', 'memory.memsw.limit_in_bytes', 'NoSwapAccounting'),
    v2: [],
  },
  {
    field: 'memory.swap',
    beside: 'without a limit of memory',
    controller: 'memory',
    limits: { memory: { swapMaxBytes: 0 } },
    v1: unlessThere('memory', 'memory.memsw.limit_in_bytes', 'NoSwapAccounting', 'V1SwapNeedsMemoryMax'),
    v2: [],
  },
  { field: 'memory.oomGroup', controller: 'memory', limits: { memory: { oomGroup: true } }, v1: ['V1NoOomGroup'], v2: [] },
  { field: 'io.weight', controller: 'io', limits: { io: { weight: 50 } }, v1: ['a weight'], v2: ['a weight'] },
  { field: 'io.blkioWeight', controller: 'io', limits: { io: { blkioWeight: 500 } }, v1: ['a weight'], v2: ['a weight'] },
  { field: 'io.devices[].readBps', controller: 'io', limits: rate({ readBytesPerSec: MiB }), v1: [], v2: [] },
  { field: 'io.devices[].readIops', controller: 'io', limits: rate({ readIops: 100 }), v1: [], v2: [] },
  {
    field: 'io.devices[].writeBps',
    controller: 'io',
    limits: rate({ writeBytesPerSec: MiB }),
    v1: ['V1BufferedWrites'],
    v2: HOST.carriers.memory?.version === 2 ? [] : ['NoCgroupWriteback'],
  },
  {
    field: 'io.devices[].writeIops',
    controller: 'io',
    limits: rate({ writeIops: 100 }),
    v1: ['V1BufferedWrites'],
    v2: HOST.carriers.memory?.version === 2 ? [] : ['NoCgroupWriteback'],
  },
  {
    field: 'io.devices[].latency',
    controller: 'io',
    limits: rate({ latencyUsec: 10_000 }),
    v1: ['V1NoIoLatency'],
    v2: ['a latency'],
  },
  { field: 'pids.max', controller: 'pids', limits: { pids: { max: 5 } }, v1: [], v2: [] },
  { field: 'hugetlb.<size>', controller: 'hugetlb', limits: { hugetlb: { [PAGE]: 0 } }, v1: [], v2: [] },
];

describe('what this kernel carries of each limit', requires({ root: true, kernel: '5.15' }), () => {
  test('every limit of the table is here', () => {
    const fields = new Set(CASES.map(({ field }) => field));
    assert.deepEqual(
      LIMIT_FEATURES.map(({ field }) => field).filter((field) => !fields.has(field)),
      ['state'],
    );
  });

  for (const { field, beside, controller, limits, v1, v2 } of CASES)
    test(`${field}${beside === undefined ? '' : `, ${beside}`}`, (t) => {
      const set = createCgroup(HOST, `${tempCgroupParent(t)}/a`, limits);
      const version = HOST.carriers[controller]?.version;
      const wanted = version === undefined ? [noController(controller)] : version === 1 ? v1 : v2;
      const dir = directoryOf(set, controller);
      assert.deepEqual(
        set.conditions.map(({ reason }) => reason),
        wanted.flatMap((reason) => {
          if (reason === 'a latency') return existsSync(`${dir}/io.latency`) ? [] : ['NoIoLatency'];
          return reason === 'a weight' ? weightReasons(dir as string) : [reason];
        }),
      );
      for (const { message, field: named } of set.conditions) {
        assert.equal(named.split(/[.[]/)[0], field.split('.')[0]);
        assert.match(message, /cgroup v2|kernel \d|boot|CONFIG_|modprobe|echo|set it|set cpuset|cgroup_disable|cpu\.idle/);
      }
    });
});

describe('conditions of a container', requires({ root: true }), () => {
  const v1 = HOST.carriers.memory?.version === 1;
  const agentFor = AgentHere.shared({ tickMs: 250 });
  const run = async (t: TestContext): Promise<AgentHere> => {
    const agent = await agentFor(t);
    const memory = { max: '64m', high: '48m', min: '1m', oomGroup: true };
    await agent.run('w', ['sleep', '1000'], { limits: { memory } });
    return agent;
  };

  test('are in the API from the start on, and go with the limit', async (t) => {
    const agent = await run(t);
    const all = v1
      ? ['memory.high V1NoMemoryHigh', 'memory.min V1NoMemoryMin', 'memory.oomGroup V1NoOomGroup']
      : ['memory.min ParentNotProtected'];
    assert.deepEqual(await said(agent), all);
    await agent.client.setLimits('w', { memory: { min: 0, oomGroup: false } });
    assert.deepEqual(await said(agent), v1 ? ['memory.high V1NoMemoryHigh'] : []);
    await agent.client.setLimits('w', { memory: { high: 'max', low: '2m' } });
    assert.deepEqual(await said(agent), [`memory.low ${v1 ? 'V1SoftLimit' : 'ParentNotProtected'}`]);
  });

  test('are there for what a policy sets, too', async (t) => {
    const agent = await run(t);
    await agent.policy('p', { match: { name: ['w'] }, limits: { memory: { high: '40m', low: '1m' } } });
    const wanted = v1
      ? ['memory.high V1NoMemoryHigh', 'memory.min V1NoMemoryMin', 'memory.oomGroup V1NoOomGroup', 'memory.low V1SoftLimit']
      : ['memory.low ParentNotProtected', 'memory.min ParentNotProtected'];
    await agent.until('the policy in force', async () => (await said(agent)).length === wanted.length);
    assert.deepEqual(await said(agent), wanted);
  });

  async function said(agent: AgentHere): Promise<string[]> {
    const { conditions } = await agent.client.inspect('w');
    return conditions.filter(({ type }) => type.startsWith('Limit')).map(({ field, reason }) => `${field} ${reason}`);
  }
});

function noController(controller: Controller): string {
  return `No${controller[0]?.toUpperCase()}${controller.slice(1)}Controller`;
}

/** `missing` where the root cgroup of v1 has no such file, else `there`. */
function unlessThere(controller: Controller, file: string, missing: string, ...there: string[]): string[] {
  const carrier = HOST.carriers[controller];
  return carrier !== undefined && existsSync(`${carrier.mount}/${file}`) ? there : [missing];
}

/** By the kernel's files and the disks' schedulers, looked at apart from the code under test. */
function weightReasons(dir: string): string[] {
  const files = ['blkio.bfq.weight', 'io.bfq.weight', 'io.weight'].filter((file) => existsSync(`${dir}/${file}`));
  if (files.length === 0) return ['NoIoWeight'];
  const obeying = disks().filter((name) => readFileSync(`/sys/block/${name}/queue/scheduler`, 'utf8').includes('[bfq]'));
  return obeying.length === disks().length ? [] : ['IoWeightNoEffect'];
}

function disks(): string[] {
  return readdirSync('/sys/block').filter((name) => !/^(loop|ram|zram|sr|fd|dm-|md)\d*/.test(name));
}

function diskNumber(): { major: number; minor: number } {
  const [major = 0, minor = 0] = readFileSync(`/sys/block/${disks()[0] ?? 'loop0'}/dev`, 'utf8')
    .split(':')
    .map(Number);
  return { major, minor };
}

function rate(rates: Partial<NonNullable<NonNullable<Limits['io']>['devices']>[number]>): Limits {
  return { io: { devices: [{ ...DISK, asked: `${DISK.major}:${DISK.minor}`, ...rates }] } };
}
