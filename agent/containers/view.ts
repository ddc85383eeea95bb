import type { ContainerStatus, ContainerView } from '#agent/contract/container.js';
import type { LimitsView } from '#agent/contract/limits.js';
import { paths } from '#runtime/cgroup/cgroup-set.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { rfc3339 } from './clock.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import { frozenConditions } from './frozen.js';
import type { Governed } from './governed.js';
import { diskNames } from './limit-fields.js';
import { asAsked, limitsInForce } from './limits-in-force.js';
import { viewLimits } from './limits-view.js';
import { policyLimits } from './policy-limits.js';

/** What somebody who shows many knows of a container that runs, so that the kernel is not asked again. */
export interface Looked {
  frozen: boolean;
  limits: LimitsView;
}

/** A container as the API shows it; limits and cgroups of one that runs are the kernel's own words, or what somebody looked up already. */
export function viewContainer(context: NodeContext, container: Container, looked?: Looked): ContainerView {
  const { record, run } = container;
  const { state } = record;
  const policies = policyLimits(context, container);
  return {
    id: record.id,
    name: record.name,
    image: record.image,
    runtime: 'tsgov',
    command: record.command,
    labels: record.labels,
    createdAt: rfc3339(record.createdAtMs),
    state: {
      status: statusOf(container, looked),
      pid: container.running ? (run?.process.pid ?? null) : null,
      exitCode: state.exitCode,
      oomKilled: state.oomKilled,
      startedAt: state.startedAtMs === null ? null : rfc3339(state.startedAtMs),
      finishedAt: state.finishedAtMs === null ? null : rfc3339(state.finishedAtMs),
      error: state.error,
    },
    limits: looked?.limits ?? limitsOf(container),
    limitSources: effectiveLimits(container).sources,
    conditions: [
      ...record.conditions,
      ...policies.conditions,
      ...(container.policyFailure ? [container.policyFailure] : []),
      ...(run === undefined || looked?.frozen === false ? [] : frozenConditions(run.cgroup)),
      ...context.drift.conditions(container.id),
    ],
    policies: policies.names,
    cgroups: run === undefined ? {} : paths(run.cgroup),
    restart: record.restart,
    restartCount: record.restartCount,
    tty: record.tty,
    stdin: record.stdin,
    autoRemove: record.autoRemove,
    stopSignal: record.stopSignal,
    bundle: context.store.dataDir(record.id),
    logPath: context.store.logPath(record.id),
  };
}

/** Limits in force: read from the kernel while it runs, else those of its next start. */
export function limitsOf(container: Governed): LimitsView {
  const { limits } = effectiveLimits(container);
  const read = container.cgroup && readLimits(container.cgroup);
  return viewLimits(read === undefined ? limits : asAsked(limitsInForce(read), limits), diskNames([limits]));
}

export function statusOf(container: Container, looked?: Looked): ContainerStatus {
  const { phase } = container.record.state;
  if (phase === 'starting') return 'created';
  if (phase !== 'running') return phase;
  return (looked?.frozen ?? container.frozen) ? 'frozen' : 'running';
}
