import type { Resource } from './samples.js';

export interface Verdict {
  held: boolean;
  reason: string;
}

/** How far above its limit a rate may be measured: the kernel accounts in periods. Bytes held may never exceed theirs. */
const ABOVE: Record<Resource, number> = { cpu: 1.1, memory: 1, disk: 1.1 };
/** A workload that used less than this share of its limit did not put it to the test. */
const TRIED = 0.5;

/** Whether a limit held, given what was used under it; undefined use: nothing could be measured, which proves nothing. */
export function judge(resource: Resource, limit: number, use: number | undefined): Verdict {
  if (use === undefined) return { held: false, reason: 'could not be measured' };
  if (use > limit * ABOVE[resource]) return { held: false, reason: 'used more than its limit' };
  if (use < limit * TRIED) return { held: false, reason: 'did not come near its limit, so nothing is shown' };
  return { held: true, reason: 'held' };
}
