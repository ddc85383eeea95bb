import { describe, test } from 'node:test';
import type { Limits } from '#runtime/cgroup/limits.js';
import { assertConditions, assertPlanned, inBothVersions, type LimitCase } from '#test/support/limit-cases.js';

const GiB = 2 ** 30;
const NO_LIMITS: Limits = { memory: { maxBytes: 'max', swapMaxBytes: 'max' } };

const WRITES: LimitCase[] = [
  {
    name: 'memory and no swap from nothing: the limit first',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: NO_LIMITS,
    v1: [`memory.limit_in_bytes=${GiB}`, `memory.memsw.limit_in_bytes=${GiB}`],
    v2: ['memory.swap.max=0', `memory.max=${GiB}`],
  },
  {
    name: 'raised: memory + swap first',
    limits: { memory: { maxBytes: 3 * GiB, swapMaxBytes: GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: [`memory.memsw.limit_in_bytes=${4 * GiB}`, `memory.limit_in_bytes=${3 * GiB}`],
    v2: [`memory.swap.max=${GiB}`, `memory.max=${3 * GiB}`],
  },
  {
    name: 'lowered: the limit first',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: { memory: { maxBytes: 4 * GiB, swapMaxBytes: GiB } },
    v1: [`memory.limit_in_bytes=${GiB}`, `memory.memsw.limit_in_bytes=${GiB}`],
    v2: ['memory.swap.max=0', `memory.max=${GiB}`],
  },
  {
    name: 'a new maximum alone keeps the swap allowed',
    limits: { memory: { maxBytes: 2 * GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: GiB / 2 } },
    v1: [`memory.memsw.limit_in_bytes=${2.5 * GiB}`, `memory.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.max=${2 * GiB}`],
  },
  {
    name: 'a new maximum with unlimited swap',
    limits: { memory: { maxBytes: 2 * GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 'max' } },
    v1: [`memory.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.max=${2 * GiB}`],
  },
  {
    name: 'all memory limits lifted: memory + swap first',
    limits: { memory: { maxBytes: 'max', swapMaxBytes: 'max' } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: ['memory.memsw.limit_in_bytes=-1', 'memory.limit_in_bytes=-1'],
    v2: ['memory.swap.max=max', 'memory.max=max'],
  },
  {
    name: 'swap alone',
    limits: { memory: { swapMaxBytes: GiB } },
    current: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    v1: [`memory.memsw.limit_in_bytes=${2 * GiB}`],
    v2: [`memory.swap.max=${GiB}`],
  },
  {
    name: 'no swap accounting',
    limits: { memory: { maxBytes: GiB, swapMaxBytes: 0 } },
    current: NO_LIMITS,
    lacks: ['memory.memsw.limit_in_bytes', 'memory.swap.max'],
    v1: [`memory.limit_in_bytes=${GiB}`],
    v2: [`memory.max=${GiB}`],
  },
  {
    name: 'all of v2’s words; v1 has a soft limit',
    limits: { memory: { oomGroup: true, minBytes: 1, lowBytes: 2, highBytes: 3, maxBytes: GiB } },
    current: NO_LIMITS,
    v1: ['memory.soft_limit_in_bytes=2', `memory.limit_in_bytes=${GiB}`],
    v2: ['memory.oom.group=1', 'memory.min=1', 'memory.low=2', 'memory.high=3', `memory.max=${GiB}`],
  },
  {
    name: 'no protection',
    limits: { memory: { lowBytes: 0 } },
    v1: ['memory.soft_limit_in_bytes=-1'],
    v2: ['memory.low=0'],
  },
];

describe('limits become writes, in order', () => {
  for (const { name, version, asked, wanted } of inBothVersions(WRITES)) test(name, () => assertPlanned(version, asked, wanted));
});

const CONDITIONS: LimitCase[] = [
  {
    name: 'v2’s memory words',
    limits: { memory: { highBytes: 5, minBytes: 5, lowBytes: 5, oomGroup: true } },
    v1: ['memory.high V1NoMemoryHigh', 'memory.min V1NoMemoryMin', 'memory.oomGroup V1NoOomGroup', 'memory.low V1SoftLimit'],
    v2: [],
  },
  {
    name: 'v2’s memory words at the values v1 has anyway',
    limits: { memory: { highBytes: 'max', minBytes: 0, lowBytes: 0, oomGroup: false } },
    v1: [],
    v2: [],
  },
  {
    name: 'no swap accounting',
    limits: { memory: { swapMaxBytes: 0 } },
    lacks: ['memory.memsw.limit_in_bytes', 'memory.swap.max'],
    v1: ['memory.swap NoSwapAccounting'],
    v2: ['memory.swap NoSwapAccounting'],
  },
  {
    name: 'swap limited, memory not',
    limits: { memory: { maxBytes: 'max', swapMaxBytes: 0 } },
    v1: ['memory.swap V1SwapNeedsMemoryMax'],
    v2: [],
  },
];

describe('what a host cannot carry is a condition', () => {
  for (const { name, version, asked, wanted } of inBothVersions(CONDITIONS))
    test(name, () => assertConditions(version, asked, wanted));
});
