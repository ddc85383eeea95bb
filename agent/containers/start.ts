import { AgentError, exitCodeOf } from '#agent/contract/errors.js';
import { TsgovError } from '#native/tsgov-error.js';
import { forNextRun } from './asked-state.js';
import { loadSpec } from './config-file.js';
import type { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import { runHooks } from './hooks.js';
import { rememberInForce } from './in-force.js';
import { checkJoined } from './joined-namespaces.js';
import { clearCgroup, launchConditions, launchRun } from './launch-run.js';
import { policyLimits } from './policy-limits.js';
import { reassertContainer } from './reassert.js';
import { removeNow } from './remove.js';
import { restartAfter } from './restart.js';
import type { Run } from './run.js';
import { followRun } from './run-ended.js';
import { newState, refuseRemoval, save } from './state.js';
import type { WaitingSession } from './waiting-session.js';

/** `restart`: a policy's restart, whose failure brings the next one. */
export type StartedBy = 'person' | 'policy';

/**
 * Starts a container; call it on its queue. Resolves when the command has been exec'ed; nothing to do when it runs already. On failure
 * everything is undone, and the state says why with exit code 125, 126 or 127. Throws the launch's error, or STATE_CONFLICT.
 */
export async function startContainer(context: NodeContext, container: Container, by: StartedBy): Promise<void> {
  refuseRemoval(container, 'start');
  if (context.closing) throw new AgentError('STATE_CONFLICT', 'the agent is going down');
  if (container.run !== undefined) {
    if (container.frozen) throw new AgentError('STATE_CONFLICT', `${container.record.name} is frozen: thaw it`);
    return;
  }
  container.cancelRestart?.();
  container.cancelRestart = undefined;
  const { record } = container;
  record.stopped = false;
  record.restartDue = false;
  record.thawAtMs = null;
  record.limits = forNextRun(record.limits);
  if (by === 'person') record.restartDelayMs = null;
  record.restartCount = by === 'person' ? 0 : record.restartCount + 1;
  record.state = newState('starting');
  container.unsaved = true;
  record.limits = { ...record.limits, policies: policyLimits(context, container).layers };
  let run: Run | undefined;
  try {
    const spec = loadSpec(context, container);
    container.hasPoststop = spec.hooks?.poststop !== undefined;
    const hold = container.waiting.size > 0 || record.config !== undefined;
    run = await launchRun(context, container, spec, hold);
    container.run = run;
    context.witness.cgroupMade(container);
    noteInForce(context, container);
    if (hold) await release(context, container, run);
    await run.process.started;
    started(context, container, run);
    if (spec.hooks?.poststart !== undefined) await runHooks(context, container, spec, 'poststart');
  } catch (error) {
    await undo(context, container, run, error, by);
    throw error;
  }
}

/** Lets sessions that waited for it see the first byte, then lets it run, unless it has joined a namespace that is not meant. */
async function release(context: NodeContext, container: Container, run: Run): Promise<void> {
  await run.process.created;
  if (container.record.config !== undefined) checkJoined(context, container.record.config);
  const sessions = [...container.waiting];
  await Promise.all(sessions.map((session) => session.connect(run)));
  for (const session of sessions) container.waiting.delete(session);
  run.process.release();
}

/** While the container is being set up, and before anybody else finds its cgroup. */
function noteInForce(context: NodeContext, container: Container): void {
  try {
    rememberInForce(container);
  } catch (error) {
    container.inForce = undefined;
    reportFault(context, container, 'read limits', error);
  }
}

function started(context: NodeContext, container: Container, run: Run): void {
  const { record } = container;
  record.state = newState('running', { startedAtMs: context.clock.nowMs() });
  record.conditions.push(...launchConditions(run));
  container.lastSample = undefined;
  container.oomKillsSeen = 0;
  // A parsed config.json is large, and is read again when an exec needs it.
  container.spec = undefined;
  context.events.emit('start', container.subject(), { pid: run.process.pid ?? null });
  if (effectiveLimits(record).limits.state !== undefined) assertSoon(context, container);
  for (const session of container.waiting) connectLate(session, run);
  container.waiting.clear();
  followRun(context, container, run);
  saveSoon(context, container, run);
}

/** Longer than most short commands run, shorter than anyone takes to look. */
const SAVE_DELAY_MS = 50;

/** The freezer's state that a policy wants; after this task on the queue. */
function assertSoon(context: NodeContext, container: Container): void {
  container.queue
    .run(() => reassertContainer(context, container))
    .catch((error: unknown) => reportFault(context, container, 'policy', error));
}

/**
 * The state directory and what the shim writes there already say that it runs, so whoever started it need not wait for the record
 * (replacing a file makes ext4 write it out: 2 ms). One that has ended meanwhile is written once, with its end.
 */
function saveSoon(context: NodeContext, container: Container, run: Run): void {
  context.clock.after(SAVE_DELAY_MS, () => {
    if (!container.unsaved || container.run !== run || container.removal !== undefined) return;
    try {
      save(context, container);
    } catch (error) {
      reportFault(context, container, 'write record', error);
    }
  });
}

/** Attached while it was starting without a hold. */
function connectLate(session: WaitingSession, run: Run): void {
  session.connect(run).catch((error: Error) => session.fail(error));
}

async function undo(
  context: NodeContext,
  container: Container,
  run: Run | undefined,
  cause: unknown,
  by: StartedBy,
): Promise<void> {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const exitCode = error instanceof TsgovError ? exitCodeOf(error.code) : 125;
  const { record } = container;
  record.state = newState('exited', { finishedAtMs: context.clock.nowMs(), exitCode, error: error.message });
  try {
    if (run !== undefined) {
      await clearCgroup(context, run.cgroup);
      await run.process.exited;
    }
    context.store.removeStateDir(record.id);
  } catch (left) {
    record.state.phase = 'dead';
    record.state.error = `${error.message}; then: ${(left as Error).message}`;
  }
  container.run = undefined;
  container.spec = undefined;
  context.events.emit('die', container.subject(), { exitCode, oomKilled: false, error: error.message });
  for (const session of container.waiting) session.fail(error);
  container.waiting.clear();
  run?.end({ exitCode, error });
  container.exits.resolveAll({ exitCode });
  if (by === 'policy') restartAfter(context, container, 0);
  container.changed();
  save(context, container);
  if (record.autoRemove && !record.restartDue) await removeNow(context, container);
}
