import { label } from '#agent/metrics/exposition.js';
import type { Blocks } from '#agent/metrics/metric.js';
import type { WriteCounts } from '#runtime/cgroup/write-counts.js';
import { nodeMetric, several } from './single.js';

const WRITES = nodeMetric(
  'tsgov_agent_writes_total',
  'counter',
  "Writes of limits to cgroups' files; given-up: the kernel was not done in time.",
  'the agent',
  ['result'],
);

export const WRITE_METRICS = [WRITES];

/** What was written to cgroups' files. */
export function* writeBlocks({ done, refused, givenUp }: WriteCounts): Blocks {
  yield several(WRITES, [
    [label('result', 'done'), done],
    [label('result', 'refused'), refused],
    [label('result', 'given-up'), givenUp],
  ]);
}
