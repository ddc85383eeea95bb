import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { EventFd } from '#native/eventfd.js';
import type { Syscalls } from '#native/libc.js';
import { type CgroupSet, directoryOf, oomKillCounter } from '#runtime/cgroup/cgroup-set.js';
import { isAbsent } from '#runtime/cgroup/interface-file.js';
import { type NodeContext, reportFault } from './context.js';
import type { Governed } from './governed.js';
import { noticeOomKills } from './oom-kills.js';

interface Watched {
  set: CgroupSet;
  eventfd: EventFd | undefined;
  cancel: (() => void) | undefined;
}

/** Two descriptors each; beyond that the tick's counts do. */
const MOST = 256;
/** The kernel tells that memory ran out, and then looks for a victim. */
const LOOKS_MS = [0, 10, 50, 250];

/**
 * Hears from cgroup v1 of each container that runs out of memory, through an eventfd on its memory.oom_control, instead of at the next tick.
 * Where the kernel has none of that (v2, PREEMPT_RT) nothing is done. Source: cgroup-v1/memory.rst "OOM Control".
 */
export class OomWatch {
  readonly #context: NodeContext;
  readonly #syscalls: Syscalls;
  readonly #watched = new Map<string, Watched>();

  constructor(context: NodeContext, syscalls: Syscalls) {
    this.#context = context;
    this.#syscalls = syscalls;
  }

  /** Takes up those that run by now, and lets go of those that do not. */
  follow(): void {
    if (this.#context.cgroups.carriers.memory?.version !== 1) return;
    const running = new Set<string>();
    for (const container of this.#context.governed()) {
      const { id, cgroup } = container;
      if (cgroup === undefined) continue;
      running.add(id);
      const known = this.#watched.get(id);
      if (known?.set === cgroup) continue;
      if (known !== undefined) this.#letGo(id, known);
      if (this.#watched.size < MOST) this.#take(container, cgroup);
    }
    for (const [id, known] of this.#watched) if (!running.has(id)) this.#letGo(id, known);
  }

  close(): void {
    for (const [id, known] of this.#watched) this.#letGo(id, known);
  }

  #take(container: Governed, set: CgroupSet): void {
    const watched: Watched = { set, eventfd: undefined, cancel: undefined };
    this.#watched.set(container.id, watched);
    const dir = directoryOf(set, 'memory');
    if (dir === undefined) return;
    const fault = (error: unknown): void => reportFault(this.#context, container, 'watch for OOM', error);
    try {
      watched.eventfd = new EventFd(this.#syscalls, () => this.#look(container, watched, 0), fault);
      register(dir, watched.eventfd.number);
    } catch (error) {
      watched.eventfd?.close();
      watched.eventfd = undefined;
      // Gone meanwhile, or a kernel without it.
      if (!isAbsent(error) && !UNKNOWN.has((error as NodeJS.ErrnoException).code ?? '')) fault(error);
    }
  }

  /** Also told when the cgroup goes. */
  #look(container: Governed, watched: Watched, turn: number): void {
    const counter = oomKillCounter(watched.set);
    const kills = counter === undefined ? undefined : countIn(counter.file, counter.key);
    if (kills === undefined || container.cgroup !== watched.set) return;
    noticeOomKills(this.#context, container, kills);
    const [now = 0, next] = LOOKS_MS.slice(turn);
    watched.cancel?.();
    watched.cancel =
      next === undefined ? undefined : this.#context.clock.after(next - now, () => this.#look(container, watched, turn + 1));
  }

  #letGo(id: string, { eventfd, cancel }: Watched): void {
    this.#watched.delete(id);
    cancel?.();
    eventfd?.close();
  }
}

/** Kernels that answer so have the file and not the event. */
const UNKNOWN: ReadonlySet<string> = new Set(['EINVAL', 'EOPNOTSUPP', 'ENOTSUP', 'EACCES']);

/** The kernel holds on to what it needs of both. */
function register(dir: string, eventfd: number): void {
  const control = openSync(`${dir}/memory.oom_control`, 'r');
  try {
    const events = openSync(`${dir}/cgroup.event_control`, constants.O_WRONLY);
    try {
      writeSync(events, `${eventfd} ${control}`);
    } finally {
      closeSync(events);
    }
  } finally {
    closeSync(control);
  }
}

function countIn(file: string, key: string): number | undefined {
  try {
    const count = new RegExp(`^${key} (\\d+)$`, 'm').exec(readFileSync(file, 'latin1'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
