import { type FSWatcher, watch } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { type CgroupSet, cgroupExists } from './cgroup-set.js';
import type { Clock } from './clock.js';
import { CgroupError } from './errors.js';
import { type FreezerHalf, freezerHalves } from './freezer-files.js';
import { stuckTasks } from './stuck-tasks.js';

export interface FreezeOptions {
  clock: Clock;
  /** How long all processes may take to stop; 10 s unless told. */
  deadlineMs?: number;
  signal?: AbortSignal;
}

export type FrozenState = 'thawed' | 'freezing' | 'frozen';

const DEFAULT_DEADLINE_MS = 10_000;
/** Looks at the state that cost only a turn of the event loop: most containers are frozen by then. */
const QUICK_LOOKS = 20;
/** From then on every so many looks … */
const LOOKS_A_RETRY = 50;
const THAW_PAUSE_MS = 10;

/**
 * Freezes every process in the cgroup and in those nested in it, and resolves when the kernel confirms that all stand still: by the
 * v1 freezer where it is mounted, else by cgroup.freeze and cgroup.events. v1 can stay FREEZING for ever; then it is thawed for a moment
 * and tried again. Past the deadline (DEADLINE, naming who would not stop) or on abort it is thawed: never left half frozen.
 * Freezing a frozen cgroup is fine; `false`: the cgroup is gone. Sources: cgroup-v1/freezer-subsystem.rst, cgroup-v2.rst "cgroup.freeze".
 */
export async function freeze(set: CgroupSet, options: FreezeOptions): Promise<boolean> {
  const { clock, deadlineMs = DEFAULT_DEADLINE_MS, signal } = options;
  const half = freezerHalves(set)[0];
  if (half === undefined)
    throw new CgroupError('UNSUPPORTED', 'this host has no cgroup freezer: it needs cgroup v2 (kernel 5.2) or the v1 freezer');
  signal?.throwIfAborted();
  if (!half.request(true)) return false;
  const end = clock.nowMs() + deadlineMs;
  using changes = new Changes(half.eventsFile, clock);
  try {
    for (let look = 1; half.state() !== 'frozen'; look++) {
      signal?.throwIfAborted();
      if (!cgroupExists(set)) return false;
      if (clock.nowMs() >= end) throw timeout(set, deadlineMs);
      if (half.version === 1 && look % LOOKS_A_RETRY === 0) await retry(half, clock, signal);
      else if (look <= QUICK_LOOKS) await turn();
      else await changes.next(Math.min(look - QUICK_LOOKS, 5), signal);
    }
    return true;
  } catch (error) {
    half.request(false);
    throw error;
  }
}

/**
 * Lets the cgroup's processes go on, whoever froze it and by which freezer. Thawing a thawed one is fine; `false`: the cgroup is gone.
 * Throws STATE_CONFLICT where a parent is frozen, which keeps it still.
 */
export async function thaw(set: CgroupSet, options: FreezeOptions): Promise<boolean> {
  const { clock, deadlineMs = DEFAULT_DEADLINE_MS, signal } = options;
  const end = clock.nowMs() + deadlineMs;
  for (const half of freezerHalves(set)) if (half.isSelf()) half.request(false);
  for (let look = 1; ; look++) {
    if (!cgroupExists(set)) return false;
    if (frozenState(set) === 'thawed') return true;
    const parent = frozenBy(set) === 'parent' ? frozenParent(set) : undefined;
    if (parent !== undefined)
      throw new CgroupError('STATE_CONFLICT', `cgroup ${set.path} stays frozen: a parent of it is, ${parent}; thaw that one`);
    if (clock.nowMs() >= end) throw new CgroupError('DEADLINE', `cgroup ${set.path} was still not thawed after ${deadlineMs} ms`);
    await (look <= QUICK_LOOKS ? turn() : clock.sleep(1, signal));
  }
}

/** What the kernel says of the whole cgroup, nested ones included; `undefined`: it is gone. */
export function frozenState(set: CgroupSet): FrozenState | undefined {
  const states = freezerHalves(set).map((half) => half.state());
  const worst = (['frozen', 'freezing', 'thawed'] as const).find((state) => states.includes(state));
  return worst;
}

/** Whether a frozen (or freezing) cgroup was frozen itself, by us or anybody, or only through a parent; `undefined`: it is not. */
export function frozenBy(set: CgroupSet): 'self' | 'parent' | undefined {
  const halves = freezerHalves(set);
  if (halves.some((half) => half.isSelf())) return 'self';
  return frozenParent(set) === undefined ? undefined : 'parent';
}

/** The path of the nearest cgroup above that is frozen, by whichever freezer; `undefined`: none is. */
export function frozenParent(set: CgroupSet): string | undefined {
  for (const half of freezerHalves(set)) {
    const parent = half.frozenParent();
    if (parent !== undefined) return parent;
  }
  return undefined;
}

/** v1 can hang in FREEZING where a task was caught between two states: thaw, let it run, freeze again (opencontainers/cgroups fs/freezer.go). */
async function retry(half: FreezerHalf, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  half.request(false);
  await clock.sleep(THAW_PAUSE_MS, signal);
  half.request(true);
}

function timeout(set: CgroupSet, deadlineMs: number): CgroupError {
  const stuck = stuckTasks(set);
  const who = stuck.length === 0 ? '' : `: ${stuck.join(', ')} would not stop`;
  return new CgroupError('DEADLINE', `cgroup ${set.path} did not freeze within ${deadlineMs} ms${who}; it has been thawed`);
}

/** Waits for a change of an events file (inotify), or, where there is none, for time to pass. */
class Changes implements Disposable {
  readonly #clock: Clock;
  readonly #file: string | undefined;
  #watcher: FSWatcher | undefined;

  constructor(file: string | undefined, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  async next(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#file === undefined) return await this.#clock.sleep(ms, signal);
    this.#watcher ??= watch(this.#file, { persistent: false });
    const watcher = this.#watcher;
    const heard = new AbortController();
    const both = signal === undefined ? heard.signal : AbortSignal.any([heard.signal, signal]);
    const stop = () => heard.abort();
    watcher.once('change', stop);
    try {
      // The pause is a fallback: a change between the last look and this watch is not heard.
      await this.#clock.sleep(ms * 4, both);
    } catch (error) {
      if (!heard.signal.aborted) throw error;
    } finally {
      watcher.off('change', stop);
    }
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
