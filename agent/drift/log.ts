import type { Clock } from '#agent/containers/clock.js';
import { rfc3339 } from '#agent/containers/clock.js';
import type { Governed } from '#agent/containers/governed.js';
import type { Condition } from '#agent/contract/container.js';
import type { DriftCause, DriftRecord, DriftView } from '#agent/contract/drift.js';
import { type DriftHistory, postponedUntilMs } from '#agent/governor/drift/decide.js';
import { Histogram } from './histogram.js';
import { writerText } from './writer.js';

const KEPT = 100;

interface Kept {
  records: DriftRecord[];
  total: number;
  counts: Map<string, { field: string; cause: DriftCause; count: number }>;
  history: DriftHistory;
  cancelLook: (() => void) | undefined;
}

/** What was seen of others' writes to limits, by container id: the last drifts, counters, and what decideDrift goes on from. */
export class DriftLog {
  /** Seconds from the notice of a drift to its repair. */
  readonly repairs = new Histogram([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5]);
  /** Times the kernel's queue of events overflowed, after each of which everything was looked at. */
  overflows = 0;
  /** How drifts are noticed. */
  watching: DriftCause = 'scan';
  /** Takes what news there are now; whether this container is among them, and will be looked at for them. */
  hear: (container: Governed) => boolean = () => false;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  record(id: string, record: DriftRecord): void {
    const kept = this.#of(id);
    kept.records = [...kept.records.slice(1 - KEPT), record];
    kept.total += 1;
    const key = `${record.field} ${record.cause}`;
    const counted = kept.counts.get(key) ?? { field: record.field, cause: record.cause, count: 0 };
    kept.counts.set(key, { ...counted, count: counted.count + 1 });
    if (record.repaired) this.repairs.observe(record.repairMs / 1000);
  }

  history(id: string): DriftHistory {
    return this.#kept.get(id)?.history ?? NOTHING;
  }

  setHistory(id: string, history: DriftHistory): void {
    if (history.size > 0 || this.#kept.has(id)) this.#of(id).history = history;
  }

  /** Whether all of these limits are let stand for now, whatever is written there. */
  postponed(id: string, fields: readonly string[]): boolean {
    const history = this.#kept.get(id)?.history;
    if (history === undefined || history.size === 0 || fields.length === 0) return false;
    const now = this.#clock.monotonicMs();
    return fields.every((field) => (postponedUntilMs(history, field) ?? 0) > now);
  }

  /** Calls back at that time, in place of any earlier wish; undefined: no more. */
  lookAt(id: string, atMs: number | undefined, look: () => void): void {
    const kept = this.#kept.get(id);
    kept?.cancelLook?.();
    if (atMs === undefined) {
      if (kept !== undefined) kept.cancelLook = undefined;
      return;
    }
    // A millisecond late is not early.
    this.#of(id).cancelLook = this.#clock.after(Math.max(1, Math.ceil(atMs - this.#clock.monotonicMs())), look);
  }

  /** Drifts seen of a container. */
  total(id: string): number {
    return this.#kept.get(id)?.total ?? 0;
  }

  view(id: string, name: string): DriftView {
    const kept = this.#kept.get(id);
    const wallMs = this.#clock.nowMs() - this.#clock.monotonicMs();
    const wars = [...(kept?.history ?? NOTHING)].flatMap(([field, { war }]) =>
      war === undefined
        ? []
        : [
            {
              field,
              since: rfc3339(wallMs + war.sinceMs),
              drifts: war.drifts,
              backOffMs: war.backOffMs,
              writer: war.writer ?? null,
            },
          ],
    );
    return { id, name, watching: this.watching, total: kept?.total ?? 0, drifts: kept?.records ?? [], wars };
  }

  /** That somebody fights for a limit, and who. */
  conditions(id: string): Condition[] {
    return [...this.history(id)].flatMap(([field, { war }]) =>
      war === undefined
        ? []
        : [
            {
              type: 'DriftWar',
              field,
              reason: 'OtherWriter',
              message: `${writerText(war.writer)} keeps changing ${field}: it was put back ${war.drifts} times, and now only every ${war.backOffMs / 1000} s; stop that writer, or take the limit away from tsgov`,
            },
          ],
    );
  }

  /** Drifts seen of a container, by limit and cause. */
  counts(id: string): Iterable<{ field: string; cause: DriftCause; count: number }> {
    return this.#kept.get(id)?.counts.values() ?? [];
  }

  /** Forgets containers that are no more. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const [id, kept] of this.#kept)
      if (!ids.has(id)) {
        kept.cancelLook?.();
        this.#kept.delete(id);
      }
  }

  close(): void {
    for (const kept of this.#kept.values()) kept.cancelLook?.();
  }

  #of(id: string): Kept {
    let kept = this.#kept.get(id);
    if (kept === undefined) {
      kept = { records: [], total: 0, counts: new Map(), history: NOTHING, cancelLook: undefined };
      this.#kept.set(id, kept);
    }
    return kept;
  }
}

const NOTHING: DriftHistory = new Map();
