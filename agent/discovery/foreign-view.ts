import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rfc3339 } from '#agent/containers/clock.js';
import type { NodeContext } from '#agent/containers/context.js';
import { effectiveLimits } from '#agent/containers/effective-limits.js';
import { frozenConditions } from '#agent/containers/frozen.js';
import { policyLimits } from '#agent/containers/policy-limits.js';
import { type Looked, limitsOf } from '#agent/containers/view.js';
import type { ContainerStatus, ContainerView } from '#agent/contract/container.js';
import { directories, paths } from '#runtime/cgroup/cgroup-set.js';
import { startTicks } from './first-process.js';
import type { Foreign } from './foreign.js';

/** USER_HZ, which is 100 on every architecture Node runs on (time(7)). */
const TICKS_A_SECOND = 100;

/** A container of others as the API shows it, in the shape of ours; what only its runtime knows is empty. */
export function viewForeign(context: NodeContext, foreign: Foreign, looked?: Looked): ContainerView {
  const { cgroup, facts, pid } = foreign;
  const policies = policyLimits(context, foreign);
  const startedAtMs = pid === undefined ? undefined : startedAt(context.procRoot, pid);
  const createdAtMs = facts?.createdAtMs ?? madeAt(foreign) ?? startedAtMs ?? (foreign.appearedAtMs || context.clock.nowMs());
  return {
    id: foreign.id,
    name: foreign.name,
    image: facts?.image ?? '',
    runtime: foreign.runtime,
    command: facts?.command ?? [],
    labels: facts?.labels ?? {},
    createdAt: rfc3339(createdAtMs),
    state: {
      status: statusOfForeign(foreign, { pid, ...(looked !== undefined && { frozen: looked.frozen }) }),
      pid: pid ?? null,
      exitCode: null,
      oomKilled: false,
      startedAt: startedAtMs === undefined ? null : rfc3339(startedAtMs),
      finishedAt: null,
      error: null,
    },
    limits: looked?.limits ?? limitsOf(foreign),
    limitSources: sources(foreign),
    conditions: [
      ...foreign.conditions,
      ...policies.conditions,
      ...(foreign.policyFailure === undefined ? [] : [foreign.policyFailure]),
      ...(cgroup === undefined || looked?.frozen === false ? [] : frozenConditions(cgroup)),
      ...context.drift.conditions(foreign.id),
    ],
    policies: policies.names,
    cgroups: cgroup === undefined ? {} : paths(cgroup),
    restart: 'no',
    restartCount: 0,
    tty: false,
    stdin: false,
    autoRemove: false,
    stopSignal: 'SIGTERM',
    bundle: facts?.bundle ?? '',
    logPath: null,
  };
}

/** Whether a list shows it: a plain cgroup only when processes are in it itself, or something of us is in force on it. */
export function isListed(foreign: Foreign): boolean {
  if (foreign.runtime !== 'other' || foreign.claimed || foreign.touched) return true;
  return foreign.pid !== undefined;
}

/** As the kernel's files say now, but what was `looked` up already. */
export function statusOfForeign(foreign: Foreign, looked: { pid?: number | undefined; frozen?: boolean } = {}): ContainerStatus {
  if (looked.frozen ?? foreign.frozen) return 'frozen';
  return ('pid' in looked ? looked.pid : foreign.pid) === undefined ? 'created' : 'running';
}

/** What was found and is not covered by anything is nobody's limit. */
function sources(foreign: Foreign): Record<string, string> {
  return Object.fromEntries(Object.entries(effectiveLimits(foreign).sources).filter(([, source]) => source !== 'run'));
}

function startedAt(procRoot: string, pid: number): number | undefined {
  const ticks = startTicks(procRoot, pid);
  const bootSec = Number(/^btime (\d+)$/m.exec(readFileSync(join(procRoot, 'stat'), 'latin1'))?.[1]);
  return ticks === undefined || Number.isNaN(bootSec) ? undefined : Math.round((bootSec + ticks / TICKS_A_SECOND) * 1000);
}

/** The directory's own time: cgroup filesystems keep no birth time. */
function madeAt({ cgroup }: Foreign): number | undefined {
  const times =
    cgroup === undefined ? [] : directories(cgroup).map(({ dir }) => statSync(dir, { throwIfNoEntry: false })?.ctimeMs);
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
