import type { ContainerBackend } from '#agent/contract/backend.js';
import type { Condition, ContainerView } from '#agent/contract/container.js';
import type { Foreign } from '#agent/discovery/foreign.js';
import { viewForeign } from '#agent/discovery/foreign-view.js';
import { type Others, type OthersOptions, openOthers } from '#agent/discovery/others.js';
import { LimitFiles } from '#agent/drift/limit-files.js';
import { DriftLog } from '#agent/drift/log.js';
import { DriftWatch, type DriftWatchOptions } from '#agent/drift/watch.js';
import type { PolicySubject } from '#agent/policy/match.js';
import { FdBudget } from '#agent/sampler/fd-budget.js';
import { ContainerStore } from '#agent/store/container-store.js';
import { type JournalWriter, NO_JOURNAL } from '#agent/store/journal/journal.js';
import type { KernelError } from '#native/kernel-error.js';
import type { Syscalls } from '#native/libc.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { StatsReader } from '#runtime/cgroup/read-stats.js';
import { removeIfEmpty } from '#runtime/cgroup/remove-cgroup.js';
import type { RuntimeHost } from '#runtime/container/host.js';
import type { Clock } from './clock.js';
import { Container } from './container.js';
import type { NodeContext, Rates } from './context.js';
import { EventLog } from './events.js';
import { findContainer } from './find.js';
import { governAll } from './govern.js';
import type { Governed, GovernedLimits } from './governed.js';
import { type KernelWitness, NO_WITNESS } from './kernel-witness.js';
import { containerBackend } from './manager.js';
import { noticeOomKills } from './oom-kills.js';
import { OomWatch } from './oom-watch.js';
import { policyLimits } from './policy-limits.js';
import { NO_POLICIES, type PolicySource } from './policy-source.js';
import { readoptContainers } from './re-adopt.js';
import { reassertAll } from './reassert.js';
import { Registry } from './registry.js';
import { readSpecFacts } from './spec-facts.js';
import { startContainer } from './start.js';
import { save } from './state.js';
import type { TapeMaker } from './tape-maker.js';
import { type Looked, viewContainer } from './view.js';

export interface ContainersOptions {
  root: string;
  state: string;
  cgroupParent: string;
  procRoot: string;
  sysRoot: string;
  syscalls: Syscalls;
  runtime: RuntimeHost;
  cgroups: CgroupHost;
  tapes: TapeMaker;
  clock: Clock;
  random: () => number;
  log: { maxBytes: number; maxFiles: number };
  policies?: PolicySource;
  journal?: JournalWriter;
  /** /dev/kmsg, for what it says of OOM kills. */
  kernelLog?: string;
  /** Containers that are not ours are looked for, and governed; absent: only ours are. */
  others?: Omit<OthersOptions, 'root'>;
  /** Files that may be held open; default: none. */
  files?: FdBudget;
  /** Default: no rates are known. */
  rates?: Rates;
  /** Default: the kernel tells nothing. */
  witness?: KernelWitness;
}

export interface GovernedContainer {
  id: string;
  name: string;
  subject: PolicySubject;
  limits: GovernedLimits;
  foreign: boolean;
  /** See Governed.limitsWithFound. */
  limitsWithFound(paths: readonly string[]): GovernedLimits;
  /** What of policies is not as asked here. */
  conditions: Condition[];
}

export interface Containers {
  readonly backend: ContainerBackend;
  /** For what acts on containers by itself. */
  readonly context: NodeContext;
  /** Told of all that happens. */
  readonly events: Pick<EventLog, 'emit'>;
  /** Brings every container in line with the policies of now. */
  govern(): Promise<void>;
  /** The same, and puts back what others changed of limits in force. */
  reassert(): Promise<void>;
  /** Hears of what others write to limits as they write it, until that is closed; why it cannot be, where it cannot. */
  guard(options: Pick<DriftWatchOptions, 'ownPid' | 'onFault' | 'reports'>): DriftWatch | KernelError;
  /** What others changed of limits. */
  readonly drift: DriftLog;
  /** What policies and people say of each container. */
  governed(): GovernedContainer[];
  /** The same of everything that was found, plain cgroups that no policy claims too. */
  found(): GovernedContainer[];
  /** Every container of everybody, running or not, and plain cgroups that policies claim or people set something on. */
  all(): Governed[];
  /** How the API shows it. */
  view(container: Governed, looked?: Looked): ContainerView;
  /** The one a reference means. Throws CONTAINER_NOT_FOUND or REF_AMBIGUOUS. */
  find(ref: string): Governed;
  /** The kernel counts so many OOM kills, by container: new ones are told. */
  noticeOomKills(kills: Iterable<readonly [string, number]>): void;
  /** Hears of those to come as they happen, where the kernel tells (cgroup v1), of all that run now. */
  followOoms(): void;
  /** Finds again what an earlier agent left of ours; requests before that would see too little. */
  adopt(): Promise<void>;
  /** Finds everybody else's; what is asked about them before that waits. */
  discover(): Promise<void>;
  /** Lets go of all containers, which run on, once what is under way is done (or the deadline passed). */
  close(): Promise<void>;
}

const CLOSE_DEADLINE_MS = 5000;

/** The node's containers on these directories. Exactly one agent may do this at a time: see lockDirectories. */
export function openContainers(options: ContainersOptions): Containers {
  const { root, state, procRoot, sysRoot, clock } = options;
  const registry = new Registry();
  let others: Others | undefined;
  const context: NodeContext = {
    get others() {
      return others;
    },
    store: new ContainerStore(root, state),
    events: new EventLog(clock),
    registry,
    governed: () => [...registry.all(), ...(others?.governed() ?? [])],
    find: (ref) => findContainer(context, ref),
    policies: options.policies ?? NO_POLICIES,
    journal: options.journal ?? NO_JOURNAL,
    drift: new DriftLog(clock),
    limitFiles: new LimitFiles(options.files ?? new FdBudget(0)),
    clock,
    cgroups: options.cgroups,
    runtime: options.runtime,
    specs: readSpecFacts({
      syscalls: options.syscalls,
      procRoot,
      sysRoot,
      dataRoot: root,
      hiddenPaths: [root, state],
      seccomp: options.tapes.seccomp,
      node: options.tapes.facts,
    }),
    tapes: options.tapes,
    stats: new StatsReader(),
    rates: options.rates ?? { cores: () => undefined, lastSeen: () => undefined },
    witness: options.witness ?? NO_WITNESS,
    procRoot,
    sysRoot,
    kernelLog: options.kernelLog,
    cgroupParent: options.cgroupParent,
    log: options.log,
    random: options.random,
    startByPolicy: (container) => startContainer(context, container, 'policy'),
    nextStray: 0,
    strayRound: 0,
    closing: false,
  };
  if (options.others !== undefined) others = openOthers(context, { root, ...options.others });
  const ooms = new OomWatch(context, options.syscalls);
  return {
    backend: containerBackend(context),
    context,
    events: context.events,
    adopt: () => readoptContainers(context),
    discover: async () => others?.start(),
    govern: () => {
      others?.claim();
      return governAll(context);
    },
    reassert: () => {
      others?.claim();
      return reassertAll(context);
    },
    guard: ({ ownPid, onFault, reports }) =>
      DriftWatch.open(context, {
        syscalls: options.syscalls,
        reports,
        ownPid,
        onFault,
        onOverflow: () => {
          reassertAll(context).catch(onFault);
        },
      }),
    drift: context.drift,
    governed: () => context.governed().map((each) => governedContainer(context, each)),
    found: () => [...registry.all(), ...(others?.all() ?? [])].map((each) => governedContainer(context, each)),
    all: () => context.governed(),
    view: (container, looked) =>
      container instanceof Container
        ? viewContainer(context, container, looked)
        : viewForeign(context, container as Foreign, looked),
    find: context.find,
    noticeOomKills: (kills) => {
      const byId = new Map(kills);
      for (const each of context.governed()) noticeOomKills(context, each, byId.get(each.id) ?? 0);
      ooms.follow();
    },
    followOoms: () => ooms.follow(),
    close: () => {
      ooms.close();
      return close(context);
    },
  };
}

function governedContainer(context: NodeContext, container: Governed): GovernedContainer {
  const { policyFailure } = container;
  return {
    id: container.id,
    name: container.name,
    subject: container.policySubject(),
    limits: container.limits,
    foreign: container.foreign,
    limitsWithFound: (paths) => container.limitsWithFound(paths),
    conditions: [...policyLimits(context, container).conditions, ...(policyFailure === undefined ? [] : [policyFailure])],
  };
}

async function close(context: NodeContext): Promise<void> {
  context.closing = true;
  context.limitFiles.close();
  const others = context.others?.close();
  context.drift.close();
  const containers = context.registry.all();
  for (const container of containers) {
    container.cancelRestart?.();
    container.cancelThaw?.();
  }
  const abort = new AbortController();
  const idle = Promise.all([others, ...containers.map((container) => container.queue.idle())]);
  await Promise.race([idle, context.runtime.clock.sleep(CLOSE_DEADLINE_MS, abort.signal).catch(() => undefined)]);
  abort.abort();
  for (const container of containers) {
    if (container.unsaved && container.removal === undefined) save(context, container);
    container.run?.process.detach();
  }
  removeIfEmpty(context.cgroups, context.cgroupParent);
}
