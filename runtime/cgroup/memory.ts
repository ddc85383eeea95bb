import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController } from './controller.js';
import { firstLine, limitText, parseLimit } from './interface-file.js';
import { condition } from './limit-conditions.js';
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
  if (has('memory.min')) add('memory.min', limits.minBytes, 'memory.min');
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
  // At once: the next read takes the same memory.
  const oomGroup = firstLine(files.read('memory', 'memory.oom.group'));
  return defined({
    maxBytes: limit('memory.max'),
    highBytes: limit('memory.high'),
    lowBytes: limit('memory.low'),
    minBytes: limit('memory.min'),
    swapMaxBytes: limit('memory.swap.max'),
    oomGroup: oomGroup === undefined ? undefined : oomGroup === '1',
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

function conditionsV1(limits: MemoryLimits, has: HasFile, current: MemoryLimits = {}): Condition[] {
  const found: Condition[] = [];
  if (limits.highBytes !== undefined && limits.highBytes !== 'max') found.push(condition('V1NoMemoryHigh'));
  if (isProtection(limits.minBytes)) found.push(condition('V1NoMemoryMin'));
  if (limits.oomGroup === true) found.push(condition('V1NoOomGroup'));
  if (isProtection(limits.lowBytes)) found.push(condition('V1SoftLimit'));
  const max = limits.maxBytes ?? current.maxBytes ?? 'max';
  if (limitsSwap(limits) && !has(MEMSW)) found.push(condition('NoSwapAccounting'));
  else if (limitsSwap(limits) && max === 'max') found.push(condition('V1SwapNeedsMemoryMax'));
  return found;
}

function conditionsV2(limits: MemoryLimits, has: HasFile): Condition[] {
  const found: Condition[] = [];
  if (limitsSwap(limits) && !has('memory.swap.max')) found.push(condition('NoSwapAccounting'));
  if (limits.oomGroup === true && !has('memory.oom.group')) found.push(condition('NoOomGroup'));
  if (isProtection(limits.minBytes) && !has('memory.min')) found.push(condition('NoMemoryMin'));
  return found;
}

function limitsSwap({ swapMaxBytes }: MemoryLimits): boolean {
  return swapMaxBytes !== undefined && swapMaxBytes !== 'max';
}

function isProtection(bytes: OrMax | undefined): boolean {
  return bytes !== undefined && bytes !== 0;
}

function write(file: string, value: string, field: string): CgroupWrite {
  return { controller: 'memory', file, value, field };
}

/** Leaves out what the host has no file for. */
function defined(values: { [K in keyof MemoryLimits]: MemoryLimits[K] | undefined }): MemoryLimits {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as MemoryLimits;
}
