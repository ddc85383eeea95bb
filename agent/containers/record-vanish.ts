import type { DeathInput } from '#agent/contract/journal.js';
import { rfc3339 } from './clock.js';
import { type NodeContext, reportFault } from './context.js';
import type { Governed } from './governed.js';
import { oomReport } from './oom-report.js';

/** Records that somebody else's container is gone: with its cgroup went its figures, and how it exited only its runtime knows. */
export function recordVanish(context: NodeContext, container: Governed): void {
  const { cgroup } = container.policySubject();
  const death: DeathInput = {
    container: container.subject(),
    startedAt: null,
    finishedAt: rfc3339(context.clock.nowMs()),
    exitCode: null,
    signal: null,
    oomKilled: container.oomKillsSeen > 0,
    oom: null,
    cgroup,
    error: null,
    restartCount: 0,
    restarts: false,
    lastSample: null,
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
