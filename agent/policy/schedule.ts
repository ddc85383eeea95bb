import { Cron } from 'croner';
import type { PolicyView } from '#agent/contract/policy.js';
import { durationMs } from './duration-ms.js';

export interface ScheduleTime {
  /** In a window: its limits hold. */
  inside: boolean;
  /** When that may change; undefined: never. */
  edgeMs: number | undefined;
}

/**
 * Windows that begin when `cron` says and last `for`, of elapsed time: one that begins before the clocks change is as long as any other. Two
 * of the same words are deeply equal.
 */
export class Schedule {
  readonly cron: string;
  readonly forMs: number;
  readonly #pattern: Cron;
  /** Between two beginnings nothing has to be worked out anew, whichever way the clock goes. */
  #span = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };

  /** The time zone is the machine's unless one is given. `cron` and `lasts` have parsed. */
  constructor(cron: string, lasts: number | string, timezone?: string) {
    this.cron = cron;
    this.forMs = durationMs(lasts);
    this.#pattern = new Cron(cron, { paused: true, mode: '5-part', ...(timezone === undefined ? {} : { timezone }) });
  }

  at(nowMs: number): ScheduleTime {
    if (nowMs < this.#span.fromMs || nowMs >= this.#span.toMs) this.#span = spanOf(this.#pattern, nowMs);
    const endMs = this.#span.fromMs + this.forMs;
    const inside = nowMs < endMs;
    const edgeMs = Math.min(inside ? endMs : Number.POSITIVE_INFINITY, this.#span.toMs);
    return { inside, edgeMs: Number.isFinite(edgeMs) ? edgeMs : undefined };
  }
}

/** The last beginning up to now and the next one; infinite where there is none. */
function spanOf(pattern: Cron, nowMs: number): { fromMs: number; toMs: number } {
  // croner counts whole seconds and leaves out the one that is now.
  const secondMs = Math.floor(nowMs / 1000) * 1000;
  const [last] = pattern.previousRuns(1, new Date(secondMs + 1000));
  const next = pattern.nextRun(new Date(secondMs));
  return { fromMs: last?.getTime() ?? Number.NEGATIVE_INFINITY, toMs: next?.getTime() ?? Number.POSITIVE_INFINITY };
}

/** When a window of these schedules next begins or ends, as a policy is shown with; a window that another one goes on from does not end. */
export function nextEdge(schedules: readonly Schedule[], nowMs: number): PolicyView['nextEdge'] {
  const edges = schedules.flatMap((schedule) => edgeOf(schedule, nowMs) ?? []);
  const first = edges.sort((a, b) => a.atMs - b.atMs)[0];
  return first && { at: new Date(first.atMs).toISOString(), cron: first.cron, opens: first.opens };
}

/** Windows that follow on each other are looked through this far. */
const MAX_WINDOWS = 100;

function edgeOf(schedule: Schedule, nowMs: number): { atMs: number; cron: string; opens: boolean } | undefined {
  const { inside } = schedule.at(nowMs);
  let atMs: number | undefined = nowMs;
  for (let looks = 0; looks < MAX_WINDOWS && atMs !== undefined; looks += 1) {
    atMs = schedule.at(atMs).edgeMs;
    if (atMs !== undefined && schedule.at(atMs).inside !== inside) return { atMs, cron: schedule.cron, opens: !inside };
  }
  return undefined;
}
