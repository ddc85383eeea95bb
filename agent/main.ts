import { machine as unameMachine } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TickFeed } from '#agent/api/tick-feed.js';
import type { AgentOptions, RunningAgent } from '#agent/compose/agent-options.js';
import { beginGoverning } from '#agent/compose/begin-governing.js';
import { firstLook } from '#agent/compose/first-look.js';
import { keepSmall } from '#agent/compose/keep-small.js';
import type { Machine } from '#agent/compose/machine.js';
import { newTicker } from '#agent/compose/new-ticker.js';
import { openNode, placesOf } from '#agent/compose/open-node.js';
import { checkedParent, placeContainers } from '#agent/compose/place-containers.js';
import { dropProgramPages } from '#agent/compose/program-pages.js';
import { runningAgent } from '#agent/compose/running.js';
import { serve } from '#agent/compose/serve.js';
import { newTeardown } from '#agent/compose/teardown.js';
import type { Clock } from '#agent/containers/clock.js';
import type { Containers } from '#agent/containers/open.js';
import { longTimer } from '#agent/contract/long-timer.js';
import { lockDirectories } from '#agent/store/agent-lock.js';
import { loadDevicePrograms } from '#native/device-programs.js';
import { KernelError } from '#native/kernel-error.js';
import { loadSyscalls, type Syscalls } from '#native/libc.js';
import { loadMallocTrim } from '#native/malloc-trim.js';
import { TsgovError } from '#native/tsgov-error.js';

export type { AgentOptions, RunningAgent };

const DEFAULT_POLICIES_DIR = '/etc/tsgov/policies.d';
const DEFAULT_REASSERT_MS = 5000;
const DEFAULT_TICK_MS = 1000;
/** Five milliseconds each time: once a minute. */
const DROP_PROGRAM_ROUNDS = 6;

/**
 * Starts the agent of these directories: takes the locks, finds again the containers an earlier agent left, serves the API. The one place
 * that names the real /proc, /sys, /etc, clock and binaries. Resolves once requests are answered; what is not needed for that comes after. Throws AGENT_RUNNING with the other's
 * pid, BODY_INVALID for options that are wrong, what startApi throws; then nothing is left of it.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const askedParent = checkedParent(options.cgroupParent);
  const onFault = options.onFault ?? ((error: unknown) => process.stderr.write(`tsgov agent: ${describe(error)}\n`));
  const machine = realMachine(await loadSyscalls(), options.clock ?? REAL_CLOCK);
  const { clock, syscalls } = machine;
  const { root, state } = placesOf(options, askedParent, DEFAULT_POLICIES_DIR);
  const lock = lockDirectories(syscalls, [state, root], machine.pid);
  const teardown = newTeardown();
  teardown.push(() => lock[Symbol.dispose]());
  try {
    const { cgroups, cgroupParent } = placeContainers(machine, askedParent, await loadDevicePrograms());
    const places = placesOf(options, cgroupParent, DEFAULT_POLICIES_DIR);
    const look = firstLook(onFault);
    const node = await openNode({ machine, options, places, cgroups, teardown, look, onFault });
    const { containers, policies, observer, rules, kept, sampler, tapes } = node;
    policies.open((type, subject, attributes) => containers.events.emit(type, subject, attributes));
    teardown.push(() => policies.close());
    await containers.adopt();
    if (options.fanotify !== 'off') teardown.push(guardLimits(containers, machine.pid, onFault));
    const ticker = newTicker(options.tickMs ?? DEFAULT_TICK_MS, { observer, containers, rules, clock, onFault });
    ticker.listen((snapshot) => void setImmediate(() => kept.history.observe(snapshot)));
    const feed = new TickFeed();
    ticker.listen(() => feed.tell());
    const ticks = { figures: ticker.figures, openFiles: () => sampler.openFiles };
    const api = await serve({ machine, options, places, node, look, ticks, feed, startedAtMs: clock.nowMs(), onFault });
    teardown.push(() => api.close());
    const reassertMs = options.reassertMs ?? DEFAULT_REASSERT_MS;
    beginGoverning({ containers, policies, ticker, look, clock, reassertMs, teardown, onFault });
    const trim = await loadMallocTrim();
    const unused = { giveBack: () => dropProgramPages(machine), rounds: DROP_PROGRAM_ROUNDS };
    teardown.push(keepSmall([{ giveBack: trim, rounds: 1 }, unused], clock, onFault));
    // Half of what the first start would wait for, and those who are waiting already would wait for it too.
    look.over
      .then(() => {
        tapes.prepare();
        containers.context.runtime.spare.keep();
      })
      .catch(onFault);
    return runningAgent(api, teardown.run, options.handleSignals ?? true);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

function realMachine(syscalls: Syscalls, clock: Clock): Machine {
  return {
    procRoot: '/proc',
    sysRoot: '/sys',
    etcRoot: '/etc',
    fileRoot: '',
    kernelLog: '/dev/kmsg',
    machine: unameMachine(),
    pid: process.pid,
    random: Math.random,
    sleep: (ms) => sleep(ms),
    pause: () => new Promise((resume) => void setImmediate(resume)),
    clock,
    syscalls,
    native: (name) => fileURLToPath(new URL(`../native/${name}`, import.meta.url)),
    page: (name) => fileURLToPath(new URL(`../page/${name}`, import.meta.url)),
    // Beside this file once built, bundled or not.
    worker: (name) => new URL(`../agent/${name}`, import.meta.url),
  };
}

const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: longTimer,
};

/** Where limits cannot be watched, the periodic look is all there is. */
function guardLimits(containers: Containers, ownPid: number, onFault: (error: unknown) => void): () => void {
  const watch = containers.guard({ ownPid, onFault });
  if (!(watch instanceof KernelError)) return () => watch.close();
  containers.events.emit('warning', undefined, { operation: 'watch limits', message: watch.message });
  return () => undefined;
}

function describe(error: unknown): string {
  return error instanceof TsgovError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
}
