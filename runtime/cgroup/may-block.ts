/** The file beside a limit that says how much of it is used; undefined: the kernel reclaims nothing when that limit is written. */
export function usageFileOf(file: string): string | undefined {
  return USAGE_FILES[file];
}

const USAGE_FILES: Readonly<Record<string, string>> = {
  'memory.max': 'memory.current',
  'memory.high': 'memory.current',
  'memory.limit_in_bytes': 'memory.usage_in_bytes',
  'memory.memsw.limit_in_bytes': 'memory.memsw.usage_in_bytes',
};

/** Files whose every write may take as long as the kernel likes: reclaim as asked, and pages moved to other memory nodes. */
const ALWAYS: ReadonlySet<string> = new Set(['memory.reclaim', 'memory.force_empty', 'cpuset.mems']);

/**
 * Whether a write that may not block is so short that handing it to another thread would cost more: numbers behind a lock of their own. Not
 * cpusets, which may rebuild the scheduler's domains, nor disks, whose first limit waits for what is under way. Pure.
 */
export function isShort(file: string): boolean {
  return SHORT.test(file);
}

const SHORT = /^(memory|cpu|pids|hugetlb)\./;

/** What is used may grow between the look and the write. */
const GROWTH_SHARE = 0.25;
const GROWTH_BYTES = 8 << 20;

/**
 * Whether writing `value` to an interface file may block in the kernel until memory is reclaimed or moved: a limit that is not well above
 * what is used (`usageBytes`; undefined: not known). Raising one and all other files do not. Pure. Source: mm/memcontrol.c
 * memory_max_write, memory_high_write, mm/memcontrol-v1.c mem_cgroup_resize_max, kernel/cgroup/cpuset.c.
 */
export function mayBlock(file: string, value: string, usageBytes: number | undefined): boolean {
  if (ALWAYS.has(file)) return true;
  if (!(file in USAGE_FILES) || !/^\d+$/.test(value)) return false;
  return usageBytes === undefined || Number(value) < usageBytes * (1 + GROWTH_SHARE) + GROWTH_BYTES;
}
