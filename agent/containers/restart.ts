import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { parseRestartPolicy, restartDelayMs } from './restart-policy.js';

/** After a run of `ranMs` that ended as its record says: plans the next one where the policy wants it. The caller saves the record. */
export function restartAfter(context: NodeContext, container: Container, ranMs: number): void {
  const { record } = container;
  const delayMs = restartDelayMs(parseRestartPolicy(record.restart), {
    exitCode: record.state.exitCode ?? 1,
    ranMs,
    stopped: record.stopped,
    restartCount: record.restartCount,
    lastDelayMs: record.restartDelayMs ?? undefined,
  });
  if (delayMs === undefined || context.closing || container.removal !== undefined) return;
  record.restartDelayMs = delayMs;
  scheduleRestart(context, container, delayMs);
}

/** Starts it after the delay, unless it is started, stopped or removed before. */
export function scheduleRestart(context: NodeContext, container: Container, delayMs: number): void {
  container.record.restartDue = true;
  container.cancelRestart?.();
  container.cancelRestart = context.clock.after(delayMs, () => {
    container.cancelRestart = undefined;
    container.queue
      .run(() => restart(context, container))
      .catch((error: unknown) => reportFault(context, container, 'restart', error));
  });
}

/** Drops a restart that is due; true when there was one. */
export function dropRestart(container: Container): boolean {
  container.cancelRestart?.();
  container.cancelRestart = undefined;
  const due = container.record.restartDue;
  container.record.restartDue = false;
  return due;
}

async function restart(context: NodeContext, container: Container): Promise<void> {
  if (!container.record.restartDue || container.removal !== undefined || container.run !== undefined || context.closing) return;
  context.events.emit('restart', container.subject(), {
    policy: container.record.restart,
    count: container.record.restartCount + 1,
  });
  const policy = container.record.restart;
  context.journal.record({
    container: container.subject(),
    actor: 'agent',
    action: 'restart',
    reason: `it ended, and its restart policy is ${policy}`,
    values: { count: container.record.restartCount + 1, exitCode: container.exitCode },
  });
  await context.startByPolicy(container);
}
