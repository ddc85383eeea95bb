import type { DeathInput } from '#agent/contract/journal.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { ProcessEnd } from '#runtime/container/exit-record.js';
import { rfc3339 } from './clock.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { oomReport } from './oom-report.js';
import { signalName } from './signals.js';
import { sampleOf } from './stats.js';

/**
 * Records how a run ended, with a last sample that is taken at once, while its cgroup is there; resolves when that is on disk. The container's
 * record has the end already.
 */
export async function recordDeath(context: NodeContext, container: Container, cgroup: CgroupSet, end: ProcessEnd): Promise<void> {
  const { record } = container;
  const { state } = record;
  const death: DeathInput = {
    container: container.subject(),
    startedAt: state.startedAtMs === null ? null : rfc3339(state.startedAtMs),
    finishedAt: rfc3339(state.finishedAtMs ?? context.clock.nowMs()),
    exitCode: end.lost ? null : end.exitCode,
    signal: end.lost || end.signal === undefined ? null : signalName(end.signal),
    oomKilled: state.oomKilled,
    oom: null,
    cgroup: record.cgroupPath,
    error: state.error,
    restartCount: record.restartCount,
    restarts: record.restartDue,
    lastSample: sampleOf(context, container, cgroup) ?? null,
  };
  if (state.oomKilled) death.oom = witnessed(context, container) ?? null;
  const { kernelLog } = context;
  if (state.oomKilled && death.oom === null && kernelLog !== undefined)
    death.oom = (await oomReport(kernelLog, record.cgroupPath)) ?? null;
  context.journal.death(death);
  await context.journal.durable();
}

/** What BPF saw of it. */
function witnessed(context: NodeContext, { id, record }: Container): DeathInput['oom'] | undefined {
  const victim = context.witness.oomVictims(id).findLast(({ atMs }) => atMs >= (record.state.startedAtMs ?? 0));
  return victim && { victim: { pid: victim.pid, comm: victim.comm }, level: victim.level ?? null, source: 'bpf' };
}
