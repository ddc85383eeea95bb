import { AgentError } from '#agent/contract/errors.js';
import { directories } from '#runtime/cgroup/cgroup-set.js';
import { killAll } from '#runtime/container/kill-all.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { thawQuietly } from './freeze.js';
import { KILL_DEADLINE_MS } from './launch-run.js';
import { dropRestart } from './restart.js';
import type { Run } from './run.js';
import { signalName, signalNumber } from './signals.js';
import { refuseRemoval, save } from './state.js';

const SIGKILL = 9;

/**
 * Asks a container to stop by its stop signal, after the timeout kills all of it, and resolves when it has ended and is cleaned up. A
 * restart that is due is dropped. Nothing to do when it does not run. Throws DEADLINE when even SIGKILL does not end it.
 */
export async function stopContainer(
  context: NodeContext,
  container: Container,
  options: { timeoutMs?: number; signal?: string },
): Promise<void> {
  refuseRemoval(container, 'stop');
  const { record } = container;
  const signal = signalNumber(options.signal ?? record.stopSignal);
  const timeoutMs = options.timeoutMs ?? record.stopTimeoutMs;
  // On the queue: after a start that is under way.
  const run = await container.queue.run(() => {
    refuseRemoval(container, 'stop');
    const known = record.stopped;
    record.stopped = true;
    if (dropRestart(container) || !known) save(context, container);
    container.changed();
    return container.run;
  });
  if (run === undefined) return;
  await endRun(context, container, run, signal, timeoutMs);
  context.events.emit('stop', container.subject(), { signal: signalName(signal) });
  await container.queue.idle();
}

/** Signals a run, thaws it so that it can act on that, and after the timeout kills everything in its cgroup. Resolves at its end. */
export async function endRun(
  context: NodeContext,
  container: Container,
  run: Run,
  signal: number,
  timeoutMs: number,
): Promise<void> {
  run.process.signal(signal);
  await thawQuietly(context, container, run.cgroup);
  if (await endsWithin(context, run, timeoutMs)) return;
  await killRun(context, container, run);
}

/** SIGKILL to all that is in the run's cgroup, frozen or not; resolves at its end. */
export async function killRun(context: NodeContext, container: Container, run: Run): Promise<void> {
  run.process.signal(SIGKILL);
  // While it is being set up its init need not exist yet: without its monitor the launch ends.
  const { shimPid } = run.process;
  const over = (): boolean => run.process.over;
  if (container.record.state.phase === 'starting' && shimPid !== undefined && !over()) killProcess(shimPid);
  await killAll({ dirs: directories(run.cgroup).map(({ dir }) => dir), deadlineMsec: KILL_DEADLINE_MS, over }, context.runtime);
  if (await endsWithin(context, run, KILL_DEADLINE_MS)) return;
  throw new AgentError(
    'DEADLINE',
    `its processes are killed, but its monitor (pid ${run.process.shimPid}) has not said so within 10 s`,
  );
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, SIGKILL);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether a run ends within a time; a negative one has no end, as Docker's `stop -t -1`. */
export async function endsWithin(context: NodeContext, run: Run, timeoutMs: number): Promise<boolean> {
  if (timeoutMs < 0) return run.ended.then(() => true);
  let cancel: () => void = () => undefined;
  const timedOut = new Promise<false>((resolve) => {
    cancel = context.clock.after(timeoutMs, () => resolve(false));
  });
  const ended = await Promise.race([run.ended.then(() => true as const), timedOut]);
  cancel();
  return ended;
}
