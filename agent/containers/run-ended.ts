import { setImmediate as nextTurn } from 'node:timers/promises';
import { directories } from '#runtime/cgroup/cgroup-set.js';
import type { ProcessEnd } from '#runtime/container/exit-record.js';
import { killAll } from '#runtime/container/kill-all.js';
import { loadSpec } from './config-file.js';
import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { runHooks } from './hooks.js';
import { victimAttributes } from './kernel-witness.js';
import { clearCgroup, KILL_DEADLINE_MS } from './launch-run.js';
import { watchLogLoss } from './log-loss.js';
import { recordDeath } from './record-death.js';
import { removeNow } from './remove.js';
import { restartAfter } from './restart.js';
import type { Run } from './run.js';
import { newState, save } from './state.js';

/** Docker's number for an end nobody saw. */
const UNKNOWN_EXIT = 255;
/** Who started a short command is about to ask how it ended. */
const ASKED_WITHIN_MS = 10;

/** Sees a run to its end: state, events and waiters at once, then cleaning up, removal (`--rm`) or restart on the container's queue. */
export function followRun(context: NodeContext, container: Container, run: Run): void {
  watchLogLoss(context, container, run);
  run.process.exited
    .catch((error: unknown): ProcessEnd => {
      reportFault(context, container, 'follow its monitor', error);
      return { lost: true, init: undefined };
    })
    .then(async (end) => {
      // What does not die is tried again, and said, when it is cleaned up: the end is recorded all the same.
      if (end.lost)
        await killRest(context, run).catch((error: unknown) => reportFault(context, container, 'kill what is left', error));
      await runEnded(context, container, run, end);
    })
    .catch((error: unknown) => reportFault(context, container, 'after exit', error));
}

/** What the end of a run needs of it; one that ended while no agent was there has no process any more. */
type EndedRun = Pick<Run, 'cgroup' | 'end'>;

/** Records how a run ended; resolves when it is cleaned up. */
export async function runEnded(context: NodeContext, container: Container, run: EndedRun, end: ProcessEnd): Promise<void> {
  const { record } = container;
  const startedAtMs = record.state.startedAtMs;
  record.state = end.lost
    ? newState('dead', {
        startedAtMs,
        finishedAtMs: context.clock.nowMs(),
        exitCode: UNKNOWN_EXIT,
        error:
          'its monitor (tsgov-shim) was killed: how the command would have ended is not known, what was left of it was killed',
      })
    : newState('exited', {
        startedAtMs: milliseconds(end.startedAtNsec) ?? startedAtMs,
        finishedAtMs: milliseconds(end.finishedAtNsec) ?? context.clock.nowMs(),
        exitCode: end.exitCode,
        oomKilled: end.oomKilled,
        error: end.started ? null : `it could not be set up: ${end.failed?.text ?? ''}`.trim(),
      });
  container.run = undefined;
  container.cancelThaw?.();
  container.cancelThaw = undefined;
  const exitCode = record.state.exitCode ?? UNKNOWN_EXIT;
  // Before anyone is told: who follows the log wants to know whether more is to come.
  restartAfter(context, container, (record.state.finishedAtMs ?? 0) - (record.state.startedAtMs ?? 0));
  run.end({ exitCode });
  const awaited = container.exits.size > 0;
  container.exits.resolveAll({ exitCode });
  if (record.state.oomKilled)
    context.events.emit('oom', container.subject(), victimAttributes(context.witness, container.id, startedAtMs ?? 0));
  context.events.emit('die', container.subject(), {
    exitCode,
    oomKilled: record.state.oomKilled,
    ...(end.lost ? { lost: true } : {}),
  });
  container.changed();
  await container.queue.run(async () => {
    // Whoever waits is answered before its cgroup is looked at and removed: fifty calls, some of which block.
    if (!awaited) await container.queue.rest(context.runtime.clock, ASKED_WITHIN_MS);
    await nextTurn();
    const recorded = recordDeath(context, container, run.cgroup, end).catch((error: unknown) =>
      reportFault(context, container, 'record its end', error),
    );
    await cleanUp(context, container, run, recorded);
  });
}

async function cleanUp(context: NodeContext, container: Container, run: EndedRun, recorded: Promise<void>): Promise<void> {
  const { record } = container;
  try {
    await clearCgroup(context, run.cgroup);
    const spec = loadSpecIfThere(context, container);
    if (spec?.hooks?.poststop !== undefined) await runHooks(context, container, spec, 'poststop');
  } catch (error) {
    record.state.phase = 'dead';
    record.state.error = (error as Error).message;
    reportFault(context, container, 'cleaning up', error);
  }
  // Before what it would be made from again is gone.
  await recorded;
  record.thawAtMs = null;
  container.spec = undefined;
  if (container.removal !== undefined) return;
  const removes = record.autoRemove && !record.restartDue && !container.restarting;
  // The record first: the shim's exit file is what it would be made from again.
  if (!removes) save(context, container);
  context.store.removeStateDir(record.id);
  container.changed();
  if (removes) await removeNow(context, container);
}

function loadSpecIfThere(context: NodeContext, container: Container): ReturnType<typeof loadSpec> | undefined {
  return container.hasPoststop ? loadSpec(context, container) : undefined;
}

async function killRest(context: NodeContext, run: Run): Promise<void> {
  await killAll({ dirs: directories(run.cgroup).map(({ dir }) => dir), deadlineMsec: KILL_DEADLINE_MS }, context.runtime);
}

function milliseconds(nsec: bigint): number | undefined {
  return nsec === 0n ? undefined : Number(nsec / 1_000_000n);
}
