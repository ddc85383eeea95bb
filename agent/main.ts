import { machine } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { peerReader } from '#agent/api/peer.js';
import { type RunningApi, startApi } from '#agent/api/server.js';
import { type Bpf, openBpf } from '#agent/bpf/open-bpf.js';
import { type Clock, rfc3339 } from '#agent/containers/clock.js';
import { resolveDevice } from '#agent/containers/devices.js';
import { type Containers, openContainers } from '#agent/containers/open.js';
import { openTapeMaker } from '#agent/containers/tape-maker.js';
import { whyBackend } from '#agent/containers/why.js';
import { AgentError } from '#agent/contract/errors.js';
import { openEyes } from '#agent/eyes/open-eyes.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { Rules } from '#agent/governor/act/rules.js';
import { Ticker } from '#agent/governor/tick.js';
import { createMetrics } from '#agent/metrics/metrics.js';
import type { TickSource } from '#agent/metrics/tick-metrics.js';
import { probeFeatures } from '#agent/node/features.js';
import { readHardware } from '#agent/node/hardware.js';
import { readNodeFacts } from '#agent/node/host-facts.js';
import { nodeViewer } from '#agent/node/node-view.js';
import { realProbeHost } from '#agent/node/real-host.js';
import { policyBackend } from '#agent/policy/backend.js';
import { journaledPolicies, policyFileNotes } from '#agent/policy/journaled-backend.js';
import { keepPolicies } from '#agent/policy/keep.js';
import { PolicyStore } from '#agent/policy/store.js';
import { policyTester } from '#agent/replay/policy-test.js';
import { FdBudget, fdLimit } from '#agent/sampler/fd-budget.js';
import { Observer } from '#agent/sampler/observer.js';
import { Sampler } from '#agent/sampler/sampler.js';
import { lockDirectories } from '#agent/store/agent-lock.js';
import type { Retention } from '#agent/store/database/retention.js';
import { type OpenJournal, openJournal } from '#agent/store/journal/open-journal.js';
import { type DevicePrograms, loadDevicePrograms } from '#native/device-programs.js';
import { KernelError } from '#native/kernel-error.js';
import { loadSyscalls, type Syscalls } from '#native/libc.js';
import { loadNsfs } from '#native/nsfs.js';
import { loadReadInRoot } from '#native/open-in-root.js';
import { TsgovError } from '#native/tsgov-error.js';
import { readXattr } from '#native/xattr.js';
import { openBlockingWrites } from '#runtime/cgroup/blocking-writes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { checkCgroupPath } from '#runtime/cgroup/cgroup-path.js';
import { monotonicClock } from '#runtime/cgroup/clock.js';
import { findDelegated, ownCgroup, useDelegated } from '#runtime/cgroup/delegation.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import { createRuntimeHost } from '#runtime/container/host.js';

export interface AgentOptions {
  /** Data directory. */
  root: string;
  /** State directory, where `tsgov.sock` is. */
  state: string;
  /** A cgroup path, or `auto`: what systemd delegated to this process, else /tsgov. */
  cgroupParent: string;
  /** `HOST:PORT` or `off`. */
  listen: string;
  version: string;
  /** Bearer token for changes over TCP. */
  token?: string | undefined;
  tls?: { cert: string; key: string } | undefined;
  /** Keys of container labels that become labels of metrics. */
  metricsLabelAllow?: readonly string[];
  /** Default: the machine's. */
  clock?: Clock;
  /** Where people put policy files; default /etc/tsgov/policies.d. */
  policiesDir?: string | undefined;
  /** How often limits are looked after; default 5 s. */
  reassertMs?: number | undefined;
  /** Whether others' writes to limits are heard of as they happen (`auto`: where the kernel lets us), or only found by that look. */
  fanotify?: 'auto' | 'off' | undefined;
  /** How often every container is looked at; default 1 s. */
  tickMs?: number | undefined;
  /** What of journal and death records is kept; default 30 days, 256 MiB. */
  journal?: Partial<Retention> | undefined;
  /** What of history is kept; default 30 days, 1 GiB. */
  history?: Partial<Retention> | undefined;
  /** Whether BPF programs are loaded (`auto`: where they can be). */
  bpf?: 'auto' | 'off' | undefined;
  /** The library that loads them; default libbpf.so.1. */
  libbpf?: string | undefined;
  /** Rotation of containers' logs. */
  log?: { maxBytes: number; maxFiles: number };
  /** Told of faults of tsgov's own; default: one line to stderr. */
  onFault?: (error: unknown) => void;
  /** Close on SIGTERM and SIGINT; default true. */
  handleSignals?: boolean;
}

export interface RunningAgent {
  readonly addresses: RunningApi['addresses'];
  /** What an operator should know. */
  readonly warnings: readonly string[];
  /** Resolves when the agent is closed, by a signal or by close(). */
  readonly closed: Promise<void>;
  /** Stops serving and lets go of the containers, which run on. */
  close(): Promise<void>;
}

export const DEFAULT_POLICIES_DIR = '/etc/tsgov/policies.d';
const DEFAULT_REASSERT_MS = 5000;
const DEFAULT_TICK_MS = 1000;
const DEFAULT_JOURNAL: Retention = { maxAgeMs: 30 * 86_400_000, maxBytes: 256 << 20 };
const DEFAULT_HISTORY: Retention = { maxAgeMs: 30 * 86_400_000, maxBytes: 1 << 30 };
const DEFAULT_LOG = { maxBytes: 16 << 20, maxFiles: 5 };

const REAL_CLOCK: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    // setTimeout takes at most 2^31 - 1 ms, some 24 days; a longer delay is taken in steps.
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      timer = setTimeout(() => (left > MAX_TIMER_MS ? arm(left - MAX_TIMER_MS) : callback()), Math.min(left, MAX_TIMER_MS));
      timer.unref();
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Starts the agent of these directories: takes the locks, finds again the containers an earlier agent left, serves the API. The one place
 * that names the real /proc, /sys, /etc, clock and binaries. Resolves once requests are answered. Throws AGENT_RUNNING with the other's
 * pid, BODY_INVALID for options that are wrong, what startApi throws; then nothing is left of it.
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const root = resolve(options.root);
  const state = resolve(options.state);
  const askedParent = parentPath(options.cgroupParent);
  const clock = options.clock ?? REAL_CLOCK;
  const onFault = options.onFault ?? ((error: unknown) => process.stderr.write(`tsgov agent: ${describe(error)}\n`));
  const syscalls = await loadSyscalls();
  const lock = lockDirectories(syscalls, [state, root], process.pid);
  const undo: (() => void | Promise<void>)[] = [() => lock[Symbol.dispose]()];
  const closeAll = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed()) await step();
  };
  try {
    const { cgroups: found, cgroupParent } = placeContainers(askedParent, syscalls, await loadDevicePrograms());
    const runtime = createRuntimeHost({
      shimPath: fileURLToPath(new URL('../native/tsgov-shim', import.meta.url)),
      playerPath: fileURLToPath(new URL('../native/tsgov-init', import.meta.url)),
      syscalls,
      clock: monotonicClock,
    });
    undo.push(() => runtime.close());
    const writer = fileURLToPath(new URL('../native/tsgov-write', import.meta.url));
    const blockingWrites = openBlockingWrites({ path: writer, syscalls, children: runtime.children, clock: monotonicClock });
    const cgroups: CgroupHost = { ...found, blockingWrites };
    const policies: PolicyStore = new PolicyStore({
      dir: resolve(options.policiesDir ?? DEFAULT_POLICIES_DIR),
      ownDir: join(root, 'policies'),
      clock,
      hostCheck: (limits) => validateLimits(limits, cgroups.facts),
      host: {
        resolveDevice: (device, field) => resolveDevice({ procRoot: '/proc', sysRoot: '/sys' }, device, field),
        memoryVersion: cgroups.carriers.memory?.version,
      },
      onChange: () => {
        files.changed();
        containers.govern().catch(onFault);
      },
    });
    const kept = openJournal({
      root,
      // Beside this file once built, bundled or not.
      workerUrl: new URL('../agent/store/journal/worker.js', import.meta.url),
      clock,
      retention: { ...DEFAULT_JOURNAL, ...options.journal },
      historyRetention: { ...DEFAULT_HISTORY, ...options.history },
      emit: (type, subject, attributes) => containers.events.emit(type, subject, attributes),
    });
    undo.push(() => kept.close());
    const files = policyFileNotes(() => policies.all(), kept.journal);
    const tapes = await openTapeMaker('/proc');
    const heldFiles = new FdBudget(fdLimit('/proc'));
    const sampler = new Sampler({
      host: cgroups,
      procRoot: '/proc',
      sysRoot: '/sys',
      clock,
      files: heldFiles,
      onFault: (id, error) => onFault(new Error(`cannot read the cgroup of ${id}`, { cause: error })),
    });
    undo.push(() => sampler.close());
    const bpf: Bpf = openBpf({
      dir: fileURLToPath(new URL('../native/bpf', import.meta.url)),
      cgroups,
      containers: () => containers.all(),
      procRoot: '/proc',
      clock,
      onFault,
      enabled: options.bpf !== 'off',
      library: options.libbpf,
    });
    undo.push(() => bpf.close());
    const observer: Observer = new Observer({
      sampler,
      governed: () => containers.all(),
      needs: () => rules.needs(),
      kernelSignals: (id) => bpf.signals(id),
    });
    const containers: Containers = openContainers({
      root,
      state,
      cgroupParent,
      procRoot: '/proc',
      sysRoot: '/sys',
      syscalls,
      runtime,
      cgroups,
      tapes,
      clock,
      random: Math.random,
      log: options.log ?? DEFAULT_LOG,
      policies,
      journal: kept.journal,
      kernelLog: '/dev/kmsg',
      others: { fileRoot: '', syscalls: options.fanotify === 'off' ? undefined : syscalls },
      rates: observer,
      files: heldFiles,
      witness: bpf,
    });
    undo.push(() => containers.close());
    const ruleCounts = new ActCounts();
    const rules: Rules = new Rules({
      node: containers.context,
      counts: ruleCounts,
      policies: () => policies.rules(),
      priorityOf: (name) => policies.find(name)?.priority ?? 0,
      onFault,
    });
    policies.open((type, subject, attributes) => containers.events.emit(type, subject, attributes));
    undo.push(() => policies.close());
    await containers.adopt();
    if (options.fanotify !== 'off') undo.push(guardLimits(containers, onFault));
    undo.push(keepPolicies(policies, containers, { clock, intervalMs: options.reassertMs ?? DEFAULT_REASSERT_MS, onFault }));
    const ticker = startTicks(options.tickMs ?? DEFAULT_TICK_MS, { observer, containers, rules, clock, onFault });
    ticker.listen((snapshot) => void setImmediate(() => kept.history.observe(snapshot)));
    undo.push(() => ticker.stop());
    const api = await serve({
      options,
      ticks: { figures: ticker.figures, openFiles: () => sampler.openFiles },
      observer,
      ruleCounts,
      containers,
      policies,
      kept,
      bpf,
      syscalls,
      cgroups,
      root,
      state,
      cgroupParent,
      clock,
      startedAtMs: clock.nowMs(),
      onFault,
    });
    undo.push(() => api.close());
    const idle = setImmediate(() => tapes.prepare());
    undo.push(() => clearImmediate(idle));
    return running(api, closeAll, options.handleSignals ?? true);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Looks at every container each period, and tells whoever listens what it saw. */
function startTicks(
  periodMs: number,
  parts: { observer: Observer; containers: Containers; rules: Rules; clock: Clock; onFault: (error: unknown) => void },
): Ticker {
  const { observer, containers, rules, clock, onFault } = parts;
  const ticker = new Ticker({
    periodMs,
    clock,
    take: () => observer.tick(),
    onSlow: (tookMs) => containers.events.emit('tick-slow', undefined, { tookMs: Math.round(tookMs), periodMs }),
    onFault,
  });
  ticker.listen(() => containers.noticeOomKills(observer.oomKills()));
  ticker.listen((snapshot) => rules.tick(snapshot));
  ticker.start();
  return ticker;
}

/** Where limits cannot be watched, the periodic look is all there is. */
function guardLimits(containers: Containers, onFault: (error: unknown) => void): () => void {
  const watch = containers.guard({ ownPid: process.pid, onFault });
  if (!(watch instanceof KernelError)) return () => watch.close();
  containers.events.emit('warning', undefined, { operation: 'watch limits', message: watch.message });
  return () => undefined;
}

interface Parts {
  options: AgentOptions;
  ticks: TickSource;
  observer: Observer;
  ruleCounts: ActCounts;
  containers: Containers;
  policies: PolicyStore;
  kept: OpenJournal;
  bpf: Bpf;
  syscalls: Syscalls;
  cgroups: CgroupHost;
  root: string;
  state: string;
  cgroupParent: string;
  clock: Clock;
  startedAtMs: number;
  onFault: (error: unknown) => void;
}

async function serve(parts: Parts): Promise<RunningApi> {
  const { options, containers, cgroups, root, state, cgroupParent, clock } = parts;
  const { backend } = containers;
  const socket = join(state, 'tsgov.sock');
  const facts = readNodeFacts({ procRoot: '/proc', etcRoot: '/etc', machine: machine() });
  let listen: string | null = null;
  const api = await startApi({
    backend,
    policies: journaledPolicies(
      policyBackend(parts.policies, containers, cgroups.facts, () => parts.observer.latest?.snapshot),
      (name) => parts.policies.find(name),
      parts.kept.journal,
    ),
    policyTests: policyTester({
      store: parts.policies,
      path: join(root, 'history.db'),
      workerUrl: new URL('../agent/replay/worker.js', import.meta.url),
      handOn: () => parts.kept.history.handOn(),
    }),
    journal: parts.kept.journal,
    history: parts.kept.history,
    why: whyBackend({
      backend,
      governed: containers.all,
      watch: (window) => parts.observer.watch(window),
      journal: parts.kept.journal,
      clock,
    }),
    peerOf: peerReader(parts.syscalls),
    trace: parts.bpf,
    eyes: openEyes({
      procRoot: '/proc',
      etcRoot: '/etc',
      nsfs: await loadNsfs(),
      readInRoot: await loadReadInRoot(),
      find: containers.find,
      all: containers.all,
      clock,
      sleep,
    }),
    node: nodeViewer({
      facts,
      cgroups,
      agent: () => ({
        version: options.version,
        root,
        state,
        cgroupParent,
        socket,
        listen,
        pid: process.pid,
        startedAt: rfc3339(parts.startedAtMs),
      }),
      containers: () => backend.list(),
      features: async () => probeFeatures(await realProbeHost(root)),
      hardware: () => readHardware({ procRoot: '/proc', sysRoot: '/sys' }),
      conditions: () => parts.kept.conditions(),
    }),
    metrics: createMetrics({
      kept: parts.kept.figures,
      version: options.version,
      node: facts,
      backend,
      procRoot: '/proc',
      sysRoot: '/sys',
      cgroupMounts: cgroups.hierarchies.map((hierarchy) => hierarchy.mount),
      cgroupParent,
      drift: containers.drift,
      labelAllow: options.metricsLabelAllow ?? [],
      clock,
      onFault: parts.onFault,
      ticks: parts.ticks,
      bpf: parts.bpf.figures,
      rules: parts.ruleCounts,
    }),
    ready: () => true,
    version: options.version,
    clock,
    onFault: parts.onFault,
    socketPath: socket,
    groupFile: '/etc/group',
    listen: options.listen,
    token: options.token,
    tls: options.tls,
    hostNames: [facts.hostname],
  });
  listen = api.addresses.listen;
  return api;
}

function running(api: RunningApi, closeAll: () => Promise<void>, handleSignals: boolean): RunningAgent {
  let settle: { resolve: () => void; reject: (error: unknown) => void };
  const closed = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  closed.catch(() => undefined);
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll().finally(() => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    });
    return closing;
  };
  const onSignal = (): void => {
    close().then(settle.resolve, settle.reject);
  };
  if (handleSignals) for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    addresses: api.addresses,
    warnings: api.warnings,
    closed,
    close: async () => {
      await close();
      settle.resolve();
    },
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** The host's cgroups and where in them containers go. A parent that systemd delegated, or that lies in one, is all we write to. */
function placeContainers(
  asked: string,
  syscalls: Syscalls,
  devicePrograms: DevicePrograms | undefined,
): { cgroups: CgroupHost; cgroupParent: string } {
  const cgroups = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }, devicePrograms);
  const xattr = (path: string, name: string) => readXattr(syscalls, path, name);
  const delegated = findDelegated(cgroups, asked === AUTO ? ownCgroup('/proc') : asked, xattr);
  if (delegated === undefined) return { cgroups, cgroupParent: asked === AUTO ? DEFAULT_PARENT : asked };
  return { cgroups: useDelegated(cgroups, delegated), cgroupParent: asked === AUTO ? delegated : asked };
}

const AUTO = 'auto';
const DEFAULT_PARENT = '/tsgov';

/** `--cgroup-parent`, checked. */
function parentPath(path: string): string {
  if (path === AUTO) return path;
  try {
    return checkCgroupPath(path);
  } catch (error) {
    throw new AgentError('USAGE', `--cgroup-parent: ${(error as Error).message}`, { field: 'cgroupParent', cause: error });
  }
}

function describe(error: unknown): string {
  return error instanceof TsgovError
    ? `${error.code}: ${error.message}`
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
}
