import type { Action, DecideSetting, DecideStep, LimitValue } from '#agent/contract/decision.js';
import type { ContainerSnapshot, NodeSnapshot } from '#agent/contract/snapshot.js';

type ActionKind = Action['kind'];
/** What an act says beyond who, whom and why. */
export type ActionBody = { [K in ActionKind]: Omit<Extract<Action, { kind: K }>, Common> }[ActionKind];
type Common = 'container' | 'name' | 'policy' | 'priority' | 'rule' | 'observed' | 'reason' | 'values';

const PAGE_BYTES = 4096;
/** The kernel refuses a quota below 1 ms, which is this of the default period (kernel/sched/core.c, min_cfs_quota_period). */
const MIN_CORES = 0.01;
const MIN_MEMORY_BYTES = 1 << 20;

/**
 * What a step does to a container as it is now; undefined: nothing (it is frozen already, the limit is what it is to be, what a share is of
 * is not known). Pure.
 */
export function stepAction(
  step: DecideStep,
  container: ContainerSnapshot,
  node: NodeSnapshot,
  /** Some rule froze it. */
  frozenByRule: boolean,
): ActionBody | undefined {
  switch (step.kind) {
    case 'reclaim':
      return reclaim(step, container);
    case 'set':
      return set(step.limits, container, node);
    case 'throttle':
      return throttle(step, container, node);
    case 'freeze':
      return container.frozen ? undefined : { kind: 'freeze', forMs: step.forMs };
    case 'thaw':
      return container.frozen && frozenByRule ? { kind: 'thaw' } : undefined;
    default:
      return step;
  }
}

function reclaim(step: Extract<DecideStep, { kind: 'reclaim' }>, { memory }: ContainerSnapshot): ActionBody | undefined {
  const bytes = 'bytes' in step ? step.bytes : step.share * (memory.currentBytes ?? 0);
  return bytes < PAGE_BYTES ? undefined : { kind: 'reclaim', bytes: pages(bytes) };
}

function set(
  settings: Readonly<Record<string, DecideSetting>>,
  container: ContainerSnapshot,
  node: NodeSnapshot,
): ActionBody | undefined {
  const limits: Record<string, LimitValue> = {};
  const before: Record<string, LimitValue> = {};
  for (const [path, setting] of Object.entries(settings)) {
    const known = container.limits[path];
    const to = 'to' in setting ? setting.to : scaled(path, setting.factor, container, node);
    if (to === undefined || to === known) continue;
    limits[path] = to;
    if (known !== undefined) before[path] = known;
  }
  return Object.keys(limits).length === 0 ? undefined : { kind: 'set', limits, before, routine: false };
}

function throttle(
  step: Extract<DecideStep, { kind: 'throttle' }>,
  container: ContainerSnapshot,
  node: NodeSnapshot,
): ActionBody | undefined {
  const wanted = 'cores' in step ? step.cores : step.share * (container.signals['cpu.usage'] ?? Number.NaN);
  if (Number.isNaN(wanted)) return undefined;
  const cores = Math.min(node.cpus, Math.max(MIN_CORES, Math.round(wanted * 1000) / 1000));
  const known = container.limits['cpu.max'];
  if (typeof known === 'number' && known <= cores) return undefined;
  const before = known === undefined ? {} : { 'cpu.max': known };
  return { kind: 'throttle', limits: { 'cpu.max': cores }, before, forMs: step.forMs };
}

/** A share of what a limit is, or where there is none, of what is in use. */
function scaled(path: string, factor: number, container: ContainerSnapshot, node: NodeSnapshot): number | undefined {
  const known = container.limits[path];
  const from = typeof known === 'number' ? known : inUse(path, container, node);
  if (from === undefined) return undefined;
  const value = from * factor;
  if (path === 'cpu.max') return Math.min(node.cpus, Math.max(MIN_CORES, Math.round(value * 1000) / 1000));
  if (path === 'memory.max' || path === 'memory.high')
    return Math.max(MIN_MEMORY_BYTES, pages(value), container.memory.minBytes ?? 0);
  if (path.startsWith('memory.')) return pages(value);
  return Math.min(path.endsWith('.weight') ? 10_000 : Number.MAX_SAFE_INTEGER, Math.max(1, Math.round(value)));
}

function inUse(path: string, { memory, signals }: ContainerSnapshot, node: NodeSnapshot): number | undefined {
  switch (path) {
    case 'memory.max':
    case 'memory.high':
      return memory.currentBytes;
    case 'memory.swap':
      return memory.swapBytes;
    case 'cpu.max':
      return node.cpus;
    case 'pids.max':
      return signals['pids.current'];
    case 'cpu.weight':
    case 'io.weight':
      return 100;
    default:
      return undefined;
  }
}

function pages(bytes: number): number {
  return Math.floor(bytes / PAGE_BYTES) * PAGE_BYTES;
}
