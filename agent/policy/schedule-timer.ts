import type { Clock } from '#agent/containers/clock.js';

/** A clock that is set forward, or a machine that slept, is noticed within this time. */
const MAX_WAIT_MS = 60_000;

/**
 * Calls back when the time has come that `edgeMs` names (of the wall clock, asked again at each arming), and arms itself anew. The answered
 * functions arm it now, after schedules changed, and end it.
 */
export function followEdges(
  clock: Pick<Clock, 'nowMs' | 'after'>,
  edgeMs: (nowMs: number) => number | undefined,
  onEdge: () => void,
): { renew: () => void; close: () => void } {
  let cancel: (() => void) | undefined;
  const renew = (): void => {
    cancel?.();
    const nowMs = clock.nowMs();
    const dueMs = edgeMs(nowMs);
    cancel =
      dueMs === undefined
        ? undefined
        : clock.after(Math.min(MAX_WAIT_MS, Math.max(1, dueMs - nowMs)), () => {
            // A clock that was set back has the edge before it again, and it is told twice, which changes nothing.
            const come = clock.nowMs() >= dueMs;
            renew();
            if (come) onEdge();
          });
  };
  return { renew, close: () => cancel?.() };
}
