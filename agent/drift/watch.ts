import { type NodeContext, reportFault } from '#agent/containers/context.js';
import { effectiveLimits } from '#agent/containers/effective-limits.js';
import type { Governed } from '#agent/containers/governed.js';
import { limitEntries } from '#agent/containers/limit-fields.js';
import type { DriftWriter } from '#agent/contract/drift.js';
import { fieldsOfFile, isOneOf } from '#agent/governor/drift/files.js';
import { FAN_MODIFY, Fanotify } from '#native/fanotify.js';
import type { FanotifyEvent } from '#native/fanotify-events.js';
import { KernelError } from '#native/kernel-error.js';
import type { Syscalls } from '#native/libc.js';
import { CgroupIndex } from './cgroup-index.js';
import { repairDrift } from './repair.js';
import { readWriter } from './writer.js';

export interface DriftWatchOptions {
  syscalls: Syscalls;
  /** Writes by this process are its own. */
  ownPid: number;
  /** See FanotifyOptions. */
  reports?: 'names' | 'paths' | undefined;
  /** Looks at everything: what was lost is not known. */
  onOverflow: () => void;
  onFault: (error: unknown) => void;
}

/** Something wrote to limits of a container, and it has not been looked at yet. */
interface Pending {
  noticedMs: number;
  fields: Set<string>;
  writers: Map<string, DriftWriter>;
}

/** `inForce` and when it was first seen here. */
interface Seen {
  inForce: Governed['inForce'];
  sinceMs: number;
  /** Looks in a row that found nothing wrong. */
  idle: number;
}

/** Longer than an event can be on its way behind what is read meanwhile. */
const DOUBT_MS = 1000;
/** Somebody who keeps writing what is there anyway is looked after less often. */
const IDLE_LOOKS = 20;
const IDLE_PAUSE_MS = 100;

/**
 * Hears of every write to the cgroup filesystems and has those to limits of governed containers looked at, at once. What others write
 * elsewhere costs a look into a map.
 */
export class DriftWatch {
  readonly #context: NodeContext;
  readonly #options: DriftWatchOptions;
  readonly #fanotify: Fanotify;
  readonly #index: CgroupIndex;
  readonly #pending = new Map<Governed, Pending>();
  readonly #seen = new WeakMap<Governed, Seen>();

  private constructor(context: NodeContext, options: DriftWatchOptions) {
    this.#context = context;
    this.#options = options;
    this.#fanotify = Fanotify.open(options.syscalls, {
      filesystems: context.cgroups.hierarchies.map(({ mount }) => mount),
      mask: FAN_MODIFY,
      ...(options.reports !== undefined && { reports: options.reports }),
      onEvents: (events) => this.heard(events),
      // Whoever wrote what could not be read is found by the next look at all limits, if it changed one.
      onLost: () => undefined,
    });
    this.#index = new CgroupIndex((path) => this.#fanotify.dirKey(path), context.governed);
    context.drift.watching = 'fanotify';
    context.drift.hear = (container) => {
      this.#fanotify.hear();
      return this.#pending.has(container);
    };
  }

  /** The reason, where the kernel or its settings do not let us: then only the periodic look finds drifts. */
  static open(context: NodeContext, options: DriftWatchOptions): DriftWatch | KernelError {
    try {
      return new DriftWatch(context, options);
    } catch (error) {
      if (error instanceof KernelError) return error;
      throw error;
    }
  }

  close(): void {
    this.#context.drift.watching = 'scan';
    this.#context.drift.hear = () => false;
    this.#fanotify.close();
  }

  /** What the kernel told. */
  heard(events: readonly FanotifyEvent[]): void {
    const noticedMs = this.#context.clock.monotonicMs();
    this.#index.begin();
    try {
      for (const event of events) this.#onEvent(event, noticedMs);
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  #onEvent(event: FanotifyEvent, noticedMs: number): void {
    if (event.overflow) {
      this.#context.drift.overflows += 1;
      this.#options.onOverflow();
      return;
    }
    if (event.pid === this.#options.ownPid || this.#context.cgroups.blockingWrites?.isWriter(event.pid)) return;
    const files = fieldsOfFile(event.name);
    if (files === undefined) return;
    const container = this.#index.find(event.dir);
    if (container === undefined || container.leaving) return;
    const fields = limitEntries(effectiveLimits(container).limits).flatMap(({ path }) => (isOneOf(path, files) ? [path] : []));
    if (fields.length === 0 || this.#context.drift.postponed(container.id, fields)) return;
    const { pid } = event;
    const writer =
      event.gone === true && pid !== 0
        ? { pid, gone: true }
        : readWriter(this.#context.procRoot, pid, (cgroup) => this.#index.containerAt(cgroup)?.name);
    this.#look(container, fields, writer, noticedMs);
  }

  #look(container: Governed, fields: readonly string[], writer: DriftWriter, noticedMs: number): void {
    let pending = this.#pending.get(container);
    if (pending === undefined) {
      pending = { noticedMs, fields: new Set(), writers: new Map() };
      this.#pending.set(container, pending);
      const start = (): void => {
        container.queue
          .run(() => this.#repair(container))
          .catch((error: Error) => {
            if (container.reassertFailure !== error.message) reportFault(this.#context, container, 'put limits back', error);
            container.reassertFailure = error.message;
          });
      };
      if ((this.#seen.get(container)?.idle ?? 0) < IDLE_LOOKS) start();
      else this.#context.clock.after(IDLE_PAUSE_MS, start);
    }
    for (const field of fields) {
      pending.fields.add(field);
      pending.writers.set(field, writer);
    }
  }

  async #repair(container: Governed): Promise<void> {
    const pending = this.#pending.get(container);
    this.#pending.delete(container);
    if (pending === undefined) return;
    const seen = this.#seenNow(container);
    const doubt = this.#context.clock.monotonicMs() - seen.sinceMs < DOUBT_MS;
    const found = await repairDrift(this.#context, container, { cause: 'fanotify', ...pending, doubt });
    container.reassertFailure = undefined;
    seen.idle = found === 0 ? seen.idle + 1 : 0;
  }

  #seenNow(container: Governed): Seen {
    const known = this.#seen.get(container);
    if (known !== undefined && known.inForce === container.inForce) return known;
    const seen: Seen = { inForce: container.inForce, sinceMs: this.#context.clock.monotonicMs(), idle: known?.idle ?? 0 };
    this.#seen.set(container, seen);
    return seen;
  }
}
