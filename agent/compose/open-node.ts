import { join, resolve } from 'node:path';
import { type Bpf, openBpf } from '#agent/bpf/open-bpf.js';
import { resolveDevice } from '#agent/containers/devices.js';
import { type Containers, openContainers } from '#agent/containers/open.js';
import { openTapeMaker, type TapeMaker } from '#agent/containers/tape-maker.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { Rules } from '#agent/governor/act/rules.js';
import { policyFileNotes } from '#agent/policy/journaled-backend.js';
import { PolicyStore } from '#agent/policy/store.js';
import { FdBudget, fdLimit } from '#agent/sampler/fd-budget.js';
import { NetworkRates } from '#agent/sampler/network-rates.js';
import { Observer } from '#agent/sampler/observer.js';
import { Sampler } from '#agent/sampler/sampler.js';
import type { Retention } from '#agent/store/database/retention.js';
import { type DeathNews, deathNews } from '#agent/store/journal/death-news.js';
import { type OpenJournal, openJournal } from '#agent/store/journal/open-journal.js';
import { PolicyFilesStore } from '#agent/store/policy-files.js';
import { RuleProgressStore } from '#agent/store/rule-progress.js';
import { loadReadFiles } from '#native/read-files.js';
import { openBlockingWrites } from '#runtime/cgroup/blocking-writes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { monotonicClock } from '#runtime/cgroup/clock.js';
import { validateLimits } from '#runtime/cgroup/validate.js';
import { newWriteCounts } from '#runtime/cgroup/write-counts.js';
import { createRuntimeHost } from '#runtime/container/host.js';
import type { AgentOptions } from './agent-options.js';
import type { FirstLook } from './first-look.js';
import type { Machine } from './machine.js';
import type { Teardown } from './teardown.js';

const DEFAULT_JOURNAL: Retention = { maxAgeMs: 30 * 86_400_000, maxBytes: 256 << 20 };
const DEFAULT_HISTORY: Retention = { maxAgeMs: 30 * 86_400_000, maxBytes: 1 << 30 };
const DEFAULT_LOG = { maxBytes: 16 << 20, maxFiles: 5 };

/** Where this agent keeps its things, absolute. */
export interface Places {
  root: string;
  state: string;
  policiesDir: string;
  cgroupParent: string;
}

/** The parts that know the node's containers and govern them. */
export interface GovernedNode {
  cgroups: CgroupHost;
  containers: Containers;
  policies: PolicyStore;
  kept: OpenJournal;
  deaths: DeathNews;
  bpf: Bpf;
  sampler: Sampler;
  observer: Observer;
  rules: Rules;
  ruleCounts: ActCounts;
  tapes: TapeMaker;
}

export interface NodeOptions {
  machine: Machine;
  options: AgentOptions;
  places: Places;
  cgroups: CgroupHost;
  teardown: Teardown;
  /** BPF programs load after it. */
  look: FirstLook;
  onFault: (error: unknown) => void;
}

/** Makes all that looks after containers, and has them know each other. Nothing runs yet, but BPF programs load. */
export async function openNode({
  machine,
  options,
  places,
  cgroups: found,
  teardown,
  look,
  onFault,
}: NodeOptions): Promise<GovernedNode> {
  const { procRoot, sysRoot, syscalls, clock, native } = machine;
  const { root, state, cgroupParent } = places;
  const runtime = createRuntimeHost({
    shimPath: native('tsgov-shim'),
    playerPath: native('tsgov-init'),
    syscalls,
    clock: monotonicClock,
    owner: state,
  });
  teardown.push(() => runtime.close());
  const blockingWrites = openBlockingWrites({
    path: native('tsgov-write'),
    syscalls,
    children: runtime.children,
    clock: monotonicClock,
  });
  const cgroups: CgroupHost = { ...found, blockingWrites, writes: newWriteCounts() };
  const policies: PolicyStore = new PolicyStore({
    dir: places.policiesDir,
    ownDir: join(root, 'policies'),
    keeper: new PolicyFilesStore(root),
    clock,
    hostCheck: (limits) => validateLimits(limits, cgroups.facts),
    host: {
      resolveDevice: (device, field) => resolveDevice({ procRoot, sysRoot }, device, field),
      memoryVersion: cgroups.carriers.memory?.version,
    },
    onChange: () => {
      files.changed();
      containers.govern().catch(onFault);
    },
  });
  const kept = openJournal({
    root,
    state,
    workerUrl: machine.worker('store/journal/worker.js'),
    clock,
    retention: { ...DEFAULT_JOURNAL, ...options.journal },
    historyRetention: { ...DEFAULT_HISTORY, ...options.history },
    emit: (type, subject, attributes) => containers.events.emit(type, subject, attributes),
  });
  teardown.push(() => kept.close());
  const deaths = deathNews(kept.journal);
  const files = policyFileNotes(() => policies.all(), kept.journal);
  const tapes = await openTapeMaker(procRoot);
  const heldFiles = new FdBudget(fdLimit(procRoot));
  const sampler = new Sampler({
    host: cgroups,
    procRoot,
    sysRoot,
    clock,
    files: heldFiles,
    readFiles: await loadReadFiles(native('tsgov-read.so')),
    onFault: (id, error) => onFault(new Error(`cannot read the cgroup of ${id}`, { cause: error })),
  });
  teardown.push(() => sampler.close());
  const bpf: Bpf = openBpf({
    dir: native('bpf'),
    cgroups,
    containers: () => containers.all(),
    procRoot,
    clock,
    onFault,
    enabled: options.bpf !== 'off',
    library: options.libbpf,
    after: look.over,
    needs: () => rules.needs(),
  });
  teardown.push(() => {
    look.end();
    return bpf.close();
  });
  const network = new NetworkRates({ procRoot, monotonicMs: () => clock.monotonicMs() });
  const observer: Observer = new Observer({
    sampler,
    governed: () => containers.all(),
    needs: () => rules.needs(),
    kernelSignals: (id, pidOf) => ({ ...bpf.signals(id), ...network.signals(id, pidOf) }),
  });
  const containers: Containers = openContainers({
    root,
    state,
    cgroupParent,
    procRoot,
    sysRoot,
    syscalls,
    runtime,
    cgroups,
    tapes,
    clock,
    random: machine.random,
    log: options.log ?? DEFAULT_LOG,
    policies,
    journal: deaths.journal,
    kernelLog: machine.kernelLog,
    others: { fileRoot: machine.fileRoot, syscalls: options.fanotify === 'off' ? undefined : syscalls },
    rates: observer,
    files: heldFiles,
    witness: bpf,
  });
  teardown.push(() => containers.close());
  const ruleCounts = new ActCounts();
  const rules: Rules = new Rules({
    node: containers.context,
    counts: ruleCounts,
    policies: () => policies.rules(),
    priorityOf: (name) => policies.find(name)?.priority ?? 0,
    progress: new RuleProgressStore(root),
    onFault,
  });
  return { cgroups, containers, policies, kept, deaths, bpf, sampler, observer, rules, ruleCounts, tapes };
}

/** The directories as the options name them. */
export function placesOf(options: AgentOptions, cgroupParent: string, defaultPoliciesDir: string): Places {
  return {
    root: resolve(options.root),
    state: resolve(options.state),
    policiesDir: resolve(options.policiesDir ?? defaultPoliciesDir),
    cgroupParent,
  };
}
