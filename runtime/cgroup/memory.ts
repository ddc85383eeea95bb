import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController } from './controller.js';
import { limitText, parseLimit, parseNumber } from './interface-file.js';
import type { MemoryLimits, OrMax } from './limits.js';

/** Memory and swap. Sources: cgroup-v2.rst "Memory Interface Files", cgroup-v1/memory.rst. */
export const memory: LimitController<'memory'> = {
  key: 'memory',
  controller: 'memory',
  v1: { plan: planV1, read: readV1, conditions: conditionsV1 },
  v2: { plan: planV2, read: readV2, conditions: conditionsV2 },
};

const V1_MAX = '-1';
const MEMSW = 'memory.memsw.limit_in_bytes';

/** The kill rule first and the room (swap, high) before the wall (max): the wall may reclaim or kill while it is being written. */
function planV2(limits: MemoryLimits, _current: MemoryLimits, has: HasFile): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: OrMax | undefined, field: string) => {
    if (value !== undefined) writes.push(write(file, limitText(value), field));
  };
  if (limits.oomGroup !== undefined && has('memory.oom.group'))
    writes.push(write('memory.oom.group', limits.oomGroup ? '1' : '0', 'memory.oomGroup'));
  add('memory.min', limits.minBytes, 'memory.min');
  add('memory.low', limits.lowBytes, 'memory.low');
  if (has('memory.swap.max')) add('memory.swap.max', limits.swapMaxBytes, 'memory.swap');
  add('memory.high', limits.highBytes, 'memory.high');
  add('memory.max', limits.maxBytes, 'memory.max');
  return writes;
}

/**
 * v1 limits memory and memory + swap, and the first may never exceed the second: whichever keeps that true goes first. Swap alone is
 * what is kept, so a new maximum moves both.
 */
function planV1(limits: MemoryLimits, current: MemoryLimits, has: HasFile): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  // v1 has a soft limit, where unlimited is what 0 (nothing protected) is to memory.low.
  if (limits.lowBytes !== undefined)
    writes.push(
      write('memory.soft_limit_in_bytes', limits.lowBytes === 0 ? V1_MAX : limitText(limits.lowBytes, V1_MAX), 'memory.low'),
    );
  if (limits.maxBytes === undefined && limits.swapMaxBytes === undefined) return writes;

  const oldMax = current.maxBytes ?? 'max';
  const max = limits.maxBytes ?? oldMax;
  const oldSum = sum(oldMax, current.swapMaxBytes ?? 'max');
  const newSum = sum(max, limits.swapMaxBytes ?? current.swapMaxBytes ?? 'max');
  const bounds: CgroupWrite[] = [];
  if (limits.maxBytes !== undefined)
    bounds.push({ ...write('memory.limit_in_bytes', limitText(max, V1_MAX), 'memory.max'), retryAfter: MEMSW });
  if (has(MEMSW) && (newSum !== oldSum || limits.swapMaxBytes !== undefined))
    bounds.push({ ...write(MEMSW, limitText(newSum, V1_MAX), 'memory.swap'), retryAfter: 'memory.limit_in_bytes' });
  // The sum first when it does not fall below the maximum in force.
  if (newSum === 'max' || (oldMax !== 'max' && newSum >= oldMax)) bounds.reverse();
  return [...writes, ...bounds];
}

function sum(max: OrMax, swap: OrMax): OrMax {
  return max === 'max' || swap === 'max' ? 'max' : max + swap;
}

function readV2(files: InterfaceFiles): MemoryLimits {
  const limit = (file: string) => parseLimit(files.read('memory', file));
  const oomGroup = files.read('memory', 'memory.oom.group');
  return defined({
    maxBytes: limit('memory.max'),
    highBytes: limit('memory.high'),
    lowBytes: limit('memory.low'),
    minBytes: limit('memory.min'),
    swapMaxBytes: limit('memory.swap.max'),
    oomGroup: oomGroup && parseNumber(oomGroup) === 1,
  });
}

function readV1(files: InterfaceFiles): MemoryLimits {
  const max = parseLimit(files.read('memory', 'memory.limit_in_bytes'));
  const memsw = parseLimit(files.read('memory', MEMSW));
  const soft = parseLimit(files.read('memory', 'memory.soft_limit_in_bytes'));
  return defined({
    maxBytes: max,
    lowBytes: soft === 'max' ? 0 : soft,
    swapMaxBytes: memsw === 'max' || max === 'max' ? memsw && 'max' : memsw && max && Math.max(0, memsw - max),
  });
}

function conditionsV1(limits: MemoryLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  const needsV2 = (field: string, reason: string, what: string) =>
    found.push({
      type: 'LimitUnsupported',
      field,
      reason,
      message: `${what} needs cgroup v2: this host's memory controller is v1`,
    });
  if (limits.highBytes !== undefined && limits.highBytes !== 'max') needsV2('memory.high', 'V1NoMemoryHigh', 'memory.high');
  if (limits.minBytes !== undefined && limits.minBytes !== 0) needsV2('memory.min', 'V1NoMemoryMin', 'memory.min');
  if (limits.oomGroup === true) needsV2('memory.oomGroup', 'V1NoOomGroup', 'killing the whole cgroup on OOM');
  if (limits.lowBytes !== undefined && limits.lowBytes !== 0)
    found.push({
      type: 'LimitPartial',
      field: 'memory.low',
      reason: 'V1SoftLimit',
      message: 'on cgroup v1 memory.low is the soft limit: reclaim prefers cgroups above theirs, but nothing is protected',
    });
  if (limits.swapMaxBytes !== undefined && limits.swapMaxBytes !== 'max' && !has(MEMSW)) found.push(noSwapAccounting());
  else if (limits.swapMaxBytes !== undefined && limits.swapMaxBytes !== 'max' && limits.maxBytes === 'max')
    needsV2('memory.swap', 'V1SwapNeedsMemoryMax', 'limiting swap without limiting memory');
  return found;
}

function conditionsV2(limits: MemoryLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  if (limits.swapMaxBytes !== undefined && limits.swapMaxBytes !== 'max' && !has('memory.swap.max'))
    found.push(noSwapAccounting());
  if (limits.oomGroup === true && !has('memory.oom.group'))
    found.push({
      type: 'LimitUnsupported',
      field: 'memory.oomGroup',
      reason: 'NoOomGroup',
      message: 'killing the whole cgroup on OOM needs kernel 4.19 or newer',
    });
  return found;
}

function noSwapAccounting(): Condition {
  return {
    type: 'LimitUnsupported',
    field: 'memory.swap',
    reason: 'NoSwapAccounting',
    message:
      'the kernel does not account swap by cgroup: it needs CONFIG_SWAP and, where it is off, the boot option swapaccount=1',
  };
}

function write(file: string, value: string, field: string): CgroupWrite {
  return { controller: 'memory', file, value, field };
}

/** Leaves out what the host has no file for. */
function defined(values: { [K in keyof MemoryLimits]: MemoryLimits[K] | undefined }): MemoryLimits {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as MemoryLimits;
}
