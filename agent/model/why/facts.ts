import type { ContainerStatus } from '#agent/contract/container.js';
import type { ContainerSnapshot } from '#agent/contract/snapshot.js';
import type { WhyFactor } from '#agent/contract/why.js';
import type { CgroupSample, NodeSample } from '#agent/model/sample.js';

/** All that is known of one container for a while, and of who is beside it. Plain data. */
export interface WhyFacts {
  windowMs: number;
  status: ContainerStatus;
  end: { exitCode: number | null; oomKilled: boolean; error: string | null };
  /** The field's path → who set it. */
  sources: Readonly<Record<string, string>>;
  /** Who sets what nobody of us set: the container's runtime. */
  runtime: string;
  frozen: FrozenFacts | undefined;
  /** undefined: it does not run. */
  run: RunFacts | undefined;
  node: { before: NodeSample; after: NodeSample; busyCores: number | undefined; memoryAvailablePercent: number | undefined };
  others: readonly OtherFacts[];
}

/** How it comes that it stands still. */
export interface FrozenFacts {
  /** The cgroup above that is frozen; undefined: itself. */
  parent: string | undefined;
  /** Who did it; undefined: nobody that we know of. */
  by: string | undefined;
  thawAtMs: number | null;
  nowMs: number;
}

export interface RunFacts {
  /** Limits as the kernel has them, by path. */
  limits: ContainerSnapshot['limits'];
  snapshot: ContainerSnapshot;
  before: CgroupSample;
  after: CgroupSample;
  /** CPUs it may run on. */
  cpus: readonly number[];
}

export interface OtherFacts {
  id: string;
  name: string;
  snapshot: ContainerSnapshot;
  before: CgroupSample | undefined;
  after: CgroupSample;
  cpus: readonly number[];
}

/** One cause: what of it holds the container back. */
export type WhyRule = (facts: WhyFacts, run: RunFacts) => WhyFactor[];

/** Who set a field that is in force. */
export function setBy(facts: WhyFacts, field: string): string {
  return facts.sources[field] ?? (facts.runtime === 'tsgov' ? 'not tsgov: written from outside' : facts.runtime);
}

/** A factor with what is usual. */
export function factor(over: Pick<WhyFactor, 'kind' | 'summary' | 'advice'> & Partial<WhyFactor>): WhyFactor {
  return { sharePercent: null, figures: {}, field: null, setBy: null, changed: null, others: [], ...over };
}

/** How much a counter rose in the window; undefined: not known, or the cgroup was made anew. */
export function rise(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined || after < before ? undefined : after - before;
}

export function round(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Bytes for a sentence. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${round(value, value < 10 ? 1 : 0)} ${units[unit]}`;
}
