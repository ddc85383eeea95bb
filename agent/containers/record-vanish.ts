import type { DeathInput } from '#agent/contract/journal.js';
import { rfc3339 } from './clock.js';
import { type NodeContext, reportFault } from './context.js';
import type { Governed } from './governed.js';
import { oomReport } from './oom-report.js';
import { tickStats } from './tick-stats.js';

/**
 * Records that somebody else's container is gone: with its cgroup went its figures but those of the last tick, and how it exited only its
 * runtime knows. `appearedAtMs`: when its cgroup was seen to be made; 0: it was there before us.
 */
export function recordVanish(context: NodeContext, container: Governed, appearedAtMs: number): void {
  const { cgroup } = container.policySubject();
  const seen = context.rates.lastSeen(container.id);
  const death: DeathInput = {
    container: container.subject(),
    startedAt: appearedAtMs === 0 ? null : rfc3339(appearedAtMs),
    finishedAt: rfc3339(context.clock.nowMs()),
    exitCode: null,
    signal: null,
    oomKilled: container.oomKillsSeen > 0,
    oom: null,
    cgroup,
    error: null,
    restartCount: 0,
    restarts: false,
    lastSample: seen === undefined ? null : tickStats(container, seen),
  };
  const { kernelLog } = context;
  if (!death.oomKilled || kernelLog === undefined) {
    context.journal.death(death);
    return;
  }
  oomReport(kernelLog, cgroup).then(
    (oom) => context.journal.death({ ...death, oom: oom ?? null }),
    (error: unknown) => reportFault(context, container, 'record its end', error),
  );
}
