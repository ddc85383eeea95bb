import type { LatencyView } from '#agent/contract/latency.js';
import type { LatencyInterval, LatencyTrack } from '#src/top/container/details.js';

/** The histograms as they are now, with what came since the last ones as one more interval. Pure. */
export function latencyTrack(before: LatencyTrack | undefined, now: LatencyView, atMs: number): LatencyTrack {
  const last = before?.now;
  const interval: LatencyInterval = {
    atMs,
    runQueue: difference(last?.runQueue ?? undefined, now.runQueue ?? undefined),
    read: difference(last && ofOperation(last, 'read'), ofOperation(now, 'read')),
    write: difference(last && ofOperation(last, 'write'), ofOperation(now, 'write')),
  };
  const intervals = before?.intervals ?? [];
  return { now, intervals: last === undefined ? intervals : [...intervals.slice(1 - MOST), interval] };
}

const MOST = 300;

function ofOperation({ blockIo }: LatencyView, operation: string): number[] | undefined {
  const all = blockIo.filter((each) => each.operation === operation).map(({ counts }) => counts);
  return all[0]?.map((_, slot) => all.reduce((sum, counts) => sum + (counts[slot] ?? 0), 0));
}

/** What was not counted before began at nothing. */
function difference(before: readonly number[] | undefined, after: readonly number[] | undefined): number[] | undefined {
  return after?.map((count, slot) => Math.max(0, count - (before?.[slot] ?? 0)));
}
