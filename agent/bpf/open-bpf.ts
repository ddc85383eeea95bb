import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelWitness } from '#agent/containers/kernel-witness.js';
import { AgentError } from '#agent/contract/errors.js';
import type { Signals } from '#agent/contract/snapshot.js';
import type { TraceBackend } from '#agent/contract/trace.js';
import { type BpfHierarchy, type BpfObject, loadBpfObject } from '#native/bpf-object.js';
import { type CgroupById, loadCgroupById } from '#native/cgroup-by-id.js';
import { type Libbpf, loadLibbpf } from '#native/libbpf.js';
import { loadLibseccomp } from '#native/libseccomp.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { BpfFigures, CollectorState, ContainerFigures } from './bpf-figures.js';
import { BpfSums } from './bpf-sums.js';
import { CgroupOwners, type Owned } from './cgroup-owners.js';
import { idHierarchies, taskHierarchy } from './id-space.js';
import { LatencyWindow } from './latency-window.js';
import { type OomVictims, oomVictims } from './oom-victims.js';
import { SUM_SOURCES, type SumName } from './sum-sources.js';
import { Tracer } from './tracer.js';

export interface BpfOptions {
  /** Where the objects are. */
  dir: string;
  cgroups: CgroupHost;
  /** All that runs, ours and others'. */
  containers: () => readonly Owned[];
  procRoot: string;
  clock: { nowMs(): number; monotonicMs(): number };
  /** Told of a collector that broke while it ran. */
  onFault: (error: unknown) => void;
  /** False: no program is loaded, and why is told as `off`. */
  enabled: boolean;
  /** Default libbpf.so.1. */
  library?: string | undefined;
  /** Loading begins when this resolves; default: at once. */
  after?: Promise<void> | undefined;
  /** Signals that somebody looks at each tick; default: none. */
  needs?: (() => ReadonlySet<string>) | undefined;
  /** Size of the ring buffers of traces; default as built. */
  ringBytes?: number | undefined;
}

/** The agent's eyes in the kernel. Until they are loaded, and where they cannot be, everything else works without. */
export interface Bpf extends TraceBackend, KernelWitness {
  /** Resolves when all that can be loaded is. Never rejects. */
  readonly ready: Promise<void>;
  /** `cpu.latency.p99` and `io.latency.p99` (µs) of a container over the last ten seconds, where they are known; some seconds old unless needed. */
  signals(container: string): Signals;
  readonly figures: BpfFigures;
  /** Detaches and unloads everything. */
  close(): Promise<void>;
}

/** Maps are read again for who asks when what is known is older; by itself now and then, so that entries of dead cgroups go. */
const FRESH_MS = 900;
/** For signals that no rule looks at. */
const SLOW_MS = 4900;
const KEEP_MS = 10_000;
const SIGNALS = ['cpu.latency.p99', 'io.latency.p99'];
const NONE: Signals = {};

interface Running {
  lib: Libbpf;
  byId: CgroupById;
  owners: CgroupOwners;
  tracer: Tracer;
  statsFd: number;
}

/** Loads what runs all the time, in the background. Nothing is pinned, and no other agent's programs are touched. */
export function openBpf(options: BpfOptions): Bpf {
  const states: CollectorState[] = [...Object.values(SUM_SOURCES), OOM].map(({ name, object }) => ({
    name,
    object,
    state: 'loading',
  }));
  const objects = new Map<string, BpfObject>();
  const sums = new Map<SumName, BpfSums>();
  const windows = { runQueue: new LatencyWindow(), blockIo: new LatencyWindow() };
  let running: Running | undefined;
  let victims: OomVictims | undefined;
  let failure: unknown;
  let closed = false;
  let collectedMs = Number.NEGATIVE_INFINITY;
  /** As they follow from what was collected last. */
  let known = new Map<string, Signals>();

  const collect = (freshMs = FRESH_MS): void => {
    const nowMs = options.clock.monotonicMs();
    if (running === undefined || closed || nowMs - collectedMs < freshMs) return;
    collectedMs = nowMs;
    known = new Map();
    running.owners.refresh();
    const ids = new Set(options.containers().map(({ id }) => id));
    for (const [name, sum] of sums) {
      try {
        sum.collect(ids);
        if (name === 'runQueue' || name === 'blockIo') windows[name].add(nowMs, sum.totals);
      } catch (error) {
        options.onFault(error);
        sums.delete(name);
        setState(states, SUM_SOURCES[name].object, 'off', error);
      }
    }
  };
  const load = async (object: string, start: (loaded: BpfObject) => void): Promise<void> => {
    if (running === undefined || closed) return;
    try {
      const hierarchy = hierarchyOf(options.cgroups);
      const loaded = await loadBpfObject(running.lib, join(options.dir, object), { hierarchy, events: false });
      if (closed) return loaded.close();
      objects.set(object, loaded);
      start(loaded);
      setState(states, object, 'on');
    } catch (error) {
      setState(states, object, 'off', error);
    }
  };
  const start = async (): Promise<void> => {
    if (closed) return;
    try {
      running = await startLibrary(options);
    } catch (error) {
      failure = error;
      for (const { object } of states) setState(states, object, 'off', error);
      return;
    }
    const { owners } = running;
    for (const [name, source] of Object.entries(SUM_SOURCES) as [SumName, (typeof SUM_SOURCES)[SumName]][])
      await load(source.object, (object) => {
        const map = object.map(source.map, { key: source.keyBytes, value: source.words * 8 });
        sums.set(name, new BpfSums(source, map, owners));
      });
    await load(OOM.object, (object) => {
      victims = oomVictims(object, owners, options.clock);
    });
    running?.lib.trim();
  };
  const ready = (options.after ?? Promise.resolve()).then(start);
  const keeper = setInterval(() => {
    collect();
    // Empties the ring, so that it does not fill where nobody asks.
    if (!closed) victims?.of('');
  }, KEEP_MS);
  keeper.unref();

  return {
    ready,
    cgroupMade: (container) => running?.owners.learn(container),
    oomVictims: (container) => victims?.of(container) ?? [],
    signals: (container) => {
      const needs = options.needs?.();
      collect(SIGNALS.some((signal) => needs?.has(signal)) ? FRESH_MS : SLOW_MS);
      if (running === undefined) return NONE;
      let signals = known.get(container);
      if (signals === undefined) {
        signals = {};
        const cpu = windows.runQueue.p99Usec(container);
        const io = windows.blockIo.p99Usec(container);
        if (cpu !== undefined) signals['cpu.latency.p99'] = cpu;
        if (io !== undefined) signals['io.latency.p99'] = io;
        known.set(container, signals);
      }
      return signals;
    },
    trace: async (kind, container, signal) => {
      await ready;
      if (running === undefined) throw unsupported(kind, failure);
      return running.tracer.trace(kind, container, signal).catch((error: unknown) => {
        throw unsupported(kind, error);
      });
    },
    figures: {
      container: (id) => {
        collect();
        return figuresOf(sums, id);
      },
      own: () => ({
        collectors: states.map((state) => ({ ...state })),
        costs: [...objects].flatMap(([object, loaded]) => loaded.costs().map((cost) => ({ ...cost, object }))),
        drops: [...objects].map(([object, loaded]) => ({ ...loaded.drops(), object })),
      }),
    },
    close: async () => {
      closed = true;
      clearInterval(keeper);
      await ready;
      victims = undefined;
      sums.clear();
      await running?.tracer.close();
      for (const object of objects.values()) object.close();
      objects.clear();
      if (running === undefined) return;
      running.byId.close();
      if (running.statsFd >= 0) closeSync(running.statsFd);
      running = undefined;
    },
  };
}

const OOM = { name: 'OOM victims', object: 'oom.bpf.o' };

async function startLibrary(options: BpfOptions): Promise<Running> {
  if (!options.enabled) throw new AgentError('UNSUPPORTED', 'BPF is turned off for this agent');
  const lib = await loadLibbpf(options.library);
  const byId = await loadCgroupById(options.procRoot);
  const { cgroups, containers, procRoot, clock, dir, ringBytes } = options;
  const owners = new CgroupOwners({ byId, hierarchies: idHierarchies(cgroups), containers, procRoot });
  // Without libseccomp system calls go by number.
  const syscallName = await loadLibseccomp().then(
    (library) => library.syscallName,
    () => undefined,
  );
  const tracer = new Tracer({ lib, dir, hierarchy: hierarchyOf(cgroups), owners, clock, ringBytes, syscallName });
  // Refused: costs read 0, and the programs work all the same.
  return { lib, byId, owners, tracer, statsFd: lib.enableStats() };
}

/** A host without any cgroups for containers still has v2's root. */
function hierarchyOf(cgroups: CgroupHost): BpfHierarchy {
  return taskHierarchy(cgroups) ?? 'v2';
}

function figuresOf(sums: ReadonlyMap<SumName, BpfSums>, id: string): ContainerFigures {
  const figures: ContainerFigures = {};
  const only = (name: SumName) => sums.get(name)?.totals.get(id)?.get('');
  const runQueue = only('runQueue');
  const tcp = only('tcp');
  const processes = only('processes');
  const blockIo = sums.get('blockIo')?.totals.get(id);
  if (runQueue !== undefined) figures.runQueue = runQueue;
  if (tcp !== undefined) figures.tcp = tcp;
  if (processes !== undefined) figures.processes = processes;
  if (blockIo !== undefined) figures.blockIo = blockIo;
  return figures;
}

function setState(states: CollectorState[], object: string, state: CollectorState['state'], error?: unknown): void {
  const found = states.find((each) => each.object === object);
  if (found === undefined) return;
  found.state = state;
  if (error !== undefined) found.reason = error instanceof Error ? error.message : String(error);
}

function unsupported(kind: string, cause: unknown): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError('UNSUPPORTED', `trace ${kind}: ${reason}; tsgov doctor says what this host lacks`, { cause });
}
