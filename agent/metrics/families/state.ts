import type { ContainerStatus } from '#agent/contract/container.js';
import { label } from '#agent/metrics/exposition.js';
import type { SubjectFacts } from '#agent/metrics/subjects/subject.js';
import { counter, type Family, family } from './family.js';

const STATUSES: readonly ContainerStatus[] = ['created', 'running', 'frozen', 'exited', 'dead'];
const RECORD = "the agent's record";

/** Kept when it ended: when it was last seen, and when it began. */
export const TIMES: readonly Family[] = [
  family(
    {
      name: 'container_last_seen',
      type: 'gauge',
      help: 'Time of this sample, in seconds since the epoch; of one that ended, of its last.',
      source: 'the clock',
    },
    [],
    (s, emit) => {
      if (s.figures !== undefined) emit(s.live ? s.nowSec : s.figures.atMs / 1000);
    },
  ),
  family(
    {
      name: 'container_start_time_seconds',
      type: 'gauge',
      help: 'Start time since the epoch.',
      source: "the agent's record; /proc/PID/stat of others' first process; /proc/stat btime of the node",
    },
    [],
    (s, emit) => emit(s.startedAtSec),
  ),
];

/** What only tsgov knows. */
export const STATE: readonly Family[] = [
  family(
    {
      name: 'tsgov_container_info',
      type: 'gauge',
      help: 'Whose container it is; always 1.',
      source: 'its cgroup and its runtime',
    },
    ['runtime'],
    ({ container }, emit) => {
      if (container !== undefined) emit(1, label('runtime', container.runtime));
    },
  ),
  family(
    {
      name: 'tsgov_container_policy',
      type: 'gauge',
      help: 'A policy that matches the container; always 1.',
      source: 'policies in force',
    },
    ['policy'],
    ({ container }, emit) => {
      for (const policy of container?.policies ?? []) emit(1, label('policy', policy));
    },
  ),
  family(
    {
      name: 'tsgov_container_condition',
      type: 'gauge',
      help: 'What is not as it should be with the container: how many conditions of this type and reason it has.',
      source: RECORD,
    },
    ['type', 'reason'],
    ({ container }, emit) => {
      for (const [labels, count] of conditionCounts(container?.conditions ?? [])) emit(count, labels);
    },
  ),
  family(
    {
      name: 'tsgov_container_state',
      type: 'gauge',
      help: 'State of the container: 1 for the one it is in.',
      source: `${RECORD}; freezer.state, cgroup.events`,
    },
    ['state'],
    ({ container }, emit) => {
      if (container !== undefined)
        for (const status of STATUSES) emit(container.status === status ? 1 : 0, label('state', status));
    },
  ),
  family(
    {
      name: 'tsgov_container_exit_code',
      type: 'gauge',
      help: 'Exit code of its last run; 128+n: ended by signal n.',
      source: RECORD,
    },
    [],
    ({ container }, emit) => emit(container?.exitCode ?? undefined),
  ),
  counter(
    'tsgov_container_restarts_total',
    'Times it was restarted by its restart policy.',
    RECORD,
    (s) => s.container?.restartCount,
  ),
];

/** By type and reason: fields and messages are for `tsgov inspect`, as labels they would make series without end. */
function conditionCounts(conditions: SubjectFacts['conditions']): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, reason } of conditions) {
    const labels = `${label('type', type)},${label('reason', reason)}`;
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
  }
  return counts;
}
