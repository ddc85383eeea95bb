import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '#agent/store/container-record.js';
import { openCgroup } from '#runtime/cgroup/cgroup-set.js';
import { type Adopted, adopt } from '#runtime/container/adopt.js';
import { loadSpec } from './config-file.js';
import { Container } from './container.js';
import { type NodeContext, reportFault } from './context.js';
import { armThaw } from './freeze.js';
import { clearCgroup } from './launch-run.js';
import { generateName } from './names.js';
import { removeNow } from './remove.js';
import { restartAfter, scheduleRestart } from './restart.js';
import { parseRestartPolicy, startsWithAgent } from './restart-policy.js';
import { newRun } from './run.js';
import { followRun, runEnded } from './run-ended.js';
import { findShims, waitingShims } from './shims.js';
import { newState, save } from './state.js';

/** How long a shim that was just spawned when its agent was killed may take to answer. */
const SHIM_START_MS = 10_000;
/** How long a launch that was under way may take to run or fail. */
const LAUNCH_END_MS = 10_000;

type Shims = () => Promise<ReadonlyMap<string, number>>;

/**
 * Finds again all that an earlier agent left, however that one ended: what runs is adopted, what ended meanwhile has its true exit
 * code and time, what was lost is killed and dead, what nobody knows any more is removed. Then starts what restart policies want.
 */
export async function readoptContainers(context: NodeContext): Promise<void> {
  const { records, broken } = context.store.load();
  for (const { id, setAside, reason } of broken)
    context.events.emit('warning', undefined, { operation: 'read record', id, setAside, message: reason });
  const containers = records.sort((a, b) => a.createdAtMs - b.createdAtMs).map((record) => register(context, record));
  let known: ReturnType<Shims> | undefined;
  const shims: Shims = () => {
    known ??= shimsThatKnow(context);
    return known;
  };
  await Promise.all(
    containers.map((container) => container.queue.run(() => readopt(context, container, shims)).catch(lost(context, container))),
  );
  await removeOrphans(context, shims);
  for (const container of containers) resume(context, container);
}

function register(context: NodeContext, record: ContainerRecord): Container {
  const container = new Container(record, (it) => context.store.write(it));
  if (context.registry.hasName(record.name)) {
    const name = generateName((taken) => context.registry.hasName(taken), context.random);
    context.events.emit('warning', container.subject(), {
      operation: 'adopt',
      message: `two containers are named ${record.name}: this one is now ${name}`,
    });
    record.name = name;
  }
  context.registry.add(container);
  return container;
}

function lost(context: NodeContext, container: Container): (error: unknown) => void {
  return (error) => {
    container.record.state = {
      ...container.record.state,
      phase: 'dead',
      error: `it could not be adopted: ${(error as Error).message}`,
    };
    reportFault(context, container, 'adopt', error);
  };
}

async function readopt(context: NodeContext, container: Container, shims: Shims): Promise<void> {
  const { record } = container;
  const { phase, startedAtMs } = record.state;
  // Once it runs the record says so; before, and after its end until all is cleaned up, the state directory does.
  if (phase !== 'running' && phase !== 'starting' && !context.store.hasStateDir(record.id)) return;
  const stateDir = context.store.stateDir(record.id);
  const found = await adoptOnceThere(context, stateDir, phase !== 'running' && (await shims()).has(stateDir));
  const cgroup = openCgroup(context.cgroups, record.cgroupPath) ?? {
    host: context.cgroups,
    path: record.cgroupPath,
    conditions: [],
  };
  container.hasPoststop = hasPoststop(context, container);
  if (found.kind === 'running') {
    const run = newRun(found.process, cgroup);
    container.run = run;
    // An agent killed between launch and release: whoever waited for the first byte is gone.
    if (phase !== 'running') {
      found.process.release();
      await settled(context, found.process.started);
      record.stopped = false;
      record.restartDue = false;
    }
    const launchedAtMs = statSync(join(stateDir, 'pid'), { throwIfNoEntry: false })?.mtimeMs ?? context.clock.nowMs();
    record.state = newState('running', { startedAtMs: (phase === 'running' ? startedAtMs : null) ?? Math.floor(launchedAtMs) });
    save(context, container);
    followRun(context, container, run);
    armThaw(context, container);
    context.events.emit('adopt', container.subject(), { pid: found.process.pid ?? null });
    return;
  }
  const end = found.record;
  const run = { cgroup, end: () => undefined };
  if (!end.lost && record.state.finishedAtMs === Number(end.finishedAtNsec / 1_000_000n)) {
    // All that was left to do when the agent was killed.
    await clearCgroup(context, cgroup);
    context.store.removeStateDir(record.id);
    return;
  }
  if (end.lost || end.started) {
    // Not awaited: it cleans up on the queue this runs on.
    runEnded(context, container, run, end).catch((error: unknown) => reportFault(context, container, 'after exit', error));
    return;
  }
  await clearCgroup(context, cgroup);
  context.store.removeStateDir(record.id);
  record.state = newState('exited', {
    finishedAtMs: context.clock.nowMs(),
    exitCode: end.exitCode,
    error: `it failed to start: ${end.failed?.text ?? ''}`.trim(),
  });
  restartAfter(context, container, 0);
  save(context, container);
}

/** Those of ours. One that waited when its agent was killed ends now, or has been told what it is for and is about to read it. */
async function shimsThatKnow({ procRoot, clock, runtime }: NodeContext): Promise<ReadonlyMap<string, number>> {
  const deadline = clock.monotonicMs() + SHIM_START_MS;
  while (waitingShims(procRoot, runtime.owner).length > 0 && clock.monotonicMs() < deadline) await runtime.clock.sleep(5);
  return findShims(procRoot);
}

/** A shim alive that does not listen yet is given a moment; one that never will is killed with the cgroup. */
async function adoptOnceThere(context: NodeContext, stateDir: string, alive: boolean): Promise<Adopted> {
  const deadline = context.clock.monotonicMs() + SHIM_START_MS;
  for (;;) {
    const found = await adopt(stateDir, context.runtime);
    if (found.kind !== 'lost' || !alive || context.clock.monotonicMs() > deadline) return found;
    alive = findShims(context.procRoot).has(stateDir);
    await context.runtime.clock.sleep(5);
  }
}

async function settled(context: NodeContext, started: Promise<void>): Promise<void> {
  const abort = new AbortController();
  try {
    await Promise.race([
      // Its end says how it failed.
      started.catch(() => undefined),
      context.runtime.clock.sleep(LAUNCH_END_MS, abort.signal).catch(() => undefined),
    ]);
  } finally {
    abort.abort();
  }
}

function hasPoststop(context: NodeContext, container: Container): boolean {
  try {
    const has = loadSpec(context, container).hooks?.poststop !== undefined;
    container.spec = undefined;
    return has;
  } catch (error) {
    reportFault(context, container, 'read config.json', error);
    return false;
  }
}

/** State and data directories without a container: what is left of one whose record is gone or broken. */
async function removeOrphans(context: NodeContext, shims: Shims): Promise<void> {
  const { store, registry } = context;
  const withState = new Set(store.stateIds());
  for (const id of new Set([...withState, ...store.dataIds()])) {
    if (registry.byId(id) !== undefined || (store.isSetAside(id) && !withState.has(id))) continue;
    try {
      const cgroup = openCgroup(context.cgroups, `${context.cgroupParent}/${id}`);
      if (cgroup !== undefined) await clearCgroup(context, cgroup);
      const shim = (await shims()).get(store.stateDir(id));
      if (shim !== undefined) process.kill(shim, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
        reportFault(context, undefined, `remove what is left of ${id}`, error);
    }
    store.removeStateDir(id);
    if (!store.isSetAside(id)) await store.remove(id);
    context.events.emit('warning', undefined, {
      operation: 'remove orphan',
      id,
      message: 'it had no record: what was left of it is gone',
    });
  }
}

/** Of containers at rest: removes what should have removed itself, starts what its policy wants. */
function resume(context: NodeContext, container: Container): void {
  const { record } = container;
  const { phase } = record.state;
  // One that ended just now is seen to by its own cleaning up.
  if (container.queue.length > 0 || (phase !== 'exited' && phase !== 'dead')) return;
  if (record.autoRemove) {
    container.queue
      .run(() => removeNow(context, container))
      .catch((error: unknown) => reportFault(context, container, 'remove', error));
    return;
  }
  if (record.restartDue) {
    if (container.cancelRestart === undefined) scheduleRestart(context, container, record.restartDelayMs ?? 0);
    return;
  }
  const ended = { exitCode: record.state.exitCode ?? 1, stopped: record.stopped, restartCount: record.restartCount };
  if (startsWithAgent(parseRestartPolicy(record.restart), ended)) scheduleRestart(context, container, 0);
}
