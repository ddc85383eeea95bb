import type { Foreign } from '#agent/discovery/foreign.js';
import type { Others } from '#agent/discovery/others.js';
import type { LimitFiles } from '#agent/drift/limit-files.js';
import type { DriftLog } from '#agent/drift/log.js';
import type { ContainerStore } from '#agent/store/container-store.js';
import type { JournalWriter } from '#agent/store/journal/journal.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { StatsReader } from '#runtime/cgroup/read-stats.js';
import type { RuntimeHost } from '#runtime/container/host.js';
import type { Clock } from './clock.js';
import type { Container } from './container.js';
import type { EventLog } from './events.js';
import type { Governed } from './governed.js';
import type { KernelWitness } from './kernel-witness.js';
import type { PolicySource } from './policy-source.js';
import type { Registry } from './registry.js';
import type { SpecFacts } from './spec-facts.js';
import type { TapeMaker } from './tape-maker.js';
import type { TickSample } from './tick-stats.js';

/** Rates between the last two ticks. */
export interface Rates {
  /** Cores that a container used; undefined: not known. */
  cores(id: string): number | undefined;
  /** The last that was read of it, also when it is gone by now; undefined: no tick saw it. */
  lastSeen(id: string): TickSample | undefined;
}

/** What every operation on containers works with; made once by openContainers. */
export interface NodeContext {
  readonly store: ContainerStore;
  readonly events: EventLog;
  /** Acts and deaths, kept. */
  readonly journal: JournalWriter;
  /** What others changed of limits. */
  readonly drift: DriftLog;
  /** The files of limits in force, while nobody touches them. */
  readonly limitFiles: LimitFiles;
  /** Our own containers. */
  readonly registry: Registry;
  /** Those that are not ours; undefined: nobody looks for them. */
  readonly others: Others | undefined;
  /** All that policies, rules and people may govern: ours, and others' that were found. */
  readonly governed: () => Governed[];
  /** The one a reference means, ours first: see findContainer. */
  readonly find: (ref: string) => Container | Foreign;
  readonly policies: PolicySource;
  readonly clock: Clock;
  readonly cgroups: CgroupHost;
  readonly runtime: RuntimeHost;
  readonly specs: SpecFacts;
  readonly tapes: TapeMaker;
  readonly stats: StatsReader;
  /** What the last tick saw. */
  readonly rates: Rates;
  readonly witness: KernelWitness;
  readonly procRoot: string;
  readonly sysRoot: string;
  /** /dev/kmsg; undefined: it is not looked at. */
  readonly kernelLog: string | undefined;
  /** Cgroup path that containers' cgroups are made in. */
  readonly cgroupParent: string;
  readonly log: { maxBytes: number; maxFiles: number };
  /** Numbers in [0, 1) for names. */
  readonly random: () => number;
  /** Starts a container whose restart by policy is due; on its queue. */
  readonly startByPolicy: (container: Container) => Promise<void>;
  /** Whose processes are looked for elsewhere next, by place among the governed. */
  nextStray: number;
  /** How often all of them were. */
  strayRound: number;
  /** Set while the agent goes down: nothing is started or restarted any more. */
  closing: boolean;
}

/** A failure nobody waits for: told as a `warning` event. */
export function reportFault(
  context: NodeContext,
  container: Pick<Governed, 'subject'> | undefined,
  operation: string,
  error: unknown,
): void {
  const message = error instanceof Error ? error.message : String(error);
  context.events.emit('warning', container?.subject(), { operation, message });
}
