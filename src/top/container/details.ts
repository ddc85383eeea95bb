import type { ContainerView } from '#agent/contract/container.js';
import type { DriftView } from '#agent/contract/drift.js';
import type { JournalEntry } from '#agent/contract/journal.js';
import type { LatencyView } from '#agent/contract/latency.js';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { ProcessView } from '#agent/contract/processes.js';
import type { WhyView } from '#agent/contract/why.js';

/** What is known of the container that is looked at, beside its row of the overview. Parts come one by one. */
export interface Details {
  readonly view: ContainerView;
  /** Of this moment and before, oldest first, while it was looked at: what the recorded history does not have yet, or at all. */
  readonly samples: readonly DetailSample[];
  readonly history: RecordedSeries;
  /** Parents before their children. */
  readonly processes: readonly ProcessView[];
  readonly namespaces: readonly NamespaceView[];
  readonly latency: LatencyTrack;
  readonly why: WhyView;
  /** Newest first. */
  readonly journal: readonly JournalEntry[];
  readonly drift: DriftView;
  /** Oldest first, the last of what it wrote. */
  readonly log: readonly LogText[];
  /** Why a part cannot be had now, by its name; empty when all can. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Figures at one time by signal (docs/rules.md), and `memory.file`, `network.receive`, `network.transmit` (bytes, bytes a second). */
export interface DetailSample {
  readonly atMs: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Recorded figures by signal, a value for each of `timesMs`. */
export interface RecordedSeries {
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  readonly fields: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Histograms now, and how many came in each of the last intervals, oldest first. */
export interface LatencyTrack {
  readonly now: LatencyView;
  readonly intervals: readonly LatencyInterval[];
}

export interface LatencyInterval {
  readonly atMs: number;
  readonly runQueue: readonly number[] | undefined;
  /** All devices together. */
  readonly read: readonly number[] | undefined;
  readonly write: readonly number[] | undefined;
}

export interface LogText {
  readonly time: string;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}
