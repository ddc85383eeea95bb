import type { ContainerSnapshot, MemorySnapshot, Snapshot } from '#agent/contract/snapshot.js';
import { nodeSignals } from './node-signals.js';
import type { CgroupSample, NodeSample, Sample } from './sample.js';
import { containerSignals, KERNEL_SIGNALS } from './signals.js';

/** What is known of a container beside its cgroup's figures. */
export type SnapshotSubject = Pick<
  ContainerSnapshot,
  'id' | 'name' | 'image' | 'labels' | 'runtime' | 'cgroup' | 'ending' | 'limits' | 'wouldBe'
> &
  /** Those that are not of its cgroup's files. */
  Partial<Pick<ContainerSnapshot, 'signals'>>;

/**
 * What two samples mean; `before` undefined: there are no rates yet. A container that is not in `after` is left out. Of one that is still and of
 * which nothing else changed it is the same as in `last`, by id the snapshots of the tick of `before`. Pure.
 */
export function snapshotOf(
  before: Sample | undefined,
  after: Sample,
  subjects: Iterable<SnapshotSubject>,
  last: ReadonlyMap<string, ContainerSnapshot> = new Map(),
): Snapshot {
  const containers: ContainerSnapshot[] = [];
  for (const subject of subjects) {
    const sample = after.containers.get(subject.id);
    if (sample === undefined) continue;
    const known = last.get(subject.id);
    if (known !== undefined && isStill(before?.containers.get(subject.id), sample) && isSame(known, subject, sample)) {
      containers.push(known);
      continue;
    }
    containers.push({
      id: subject.id,
      name: subject.name,
      image: subject.image,
      labels: subject.labels,
      runtime: subject.runtime,
      cgroup: subject.cgroup,
      frozen: sample.frozen || sample.frozenTwin,
      ending: subject.ending,
      limits: subject.limits,
      ...(subject.wouldBe !== undefined && { wouldBe: subject.wouldBe }),
      signals: containerSignals(before?.containers.get(subject.id), sample, subject.limits, subject.signals),
      memory: memoryOf(sample, subject.limits, after.node),
    });
  }
  const busyCores = busyCoresOf(before?.node, after.node);
  return {
    atMs: after.atMs,
    monotonicMs: after.monotonicMs,
    node: {
      signals: nodeSignals(after.node),
      memTotalBytes: after.node.memTotalBytes,
      cpus: after.node.cpus,
      ...(busyCores === undefined ? {} : { busyCores }),
    },
    containers,
  };
}

/** Both were: then the rates between them are those of the two before. */
function isStill(before: CgroupSample | undefined, after: CgroupSample): boolean {
  return after.still && before?.still === true;
}

function isSame(was: ContainerSnapshot, is: SnapshotSubject, sample: CgroupSample): boolean {
  return (
    was.limits === is.limits &&
    was.wouldBe === undefined &&
    is.wouldBe === undefined &&
    was.labels === is.labels &&
    was.name === is.name &&
    was.image === is.image &&
    was.runtime === is.runtime &&
    was.cgroup === is.cgroup &&
    was.ending === is.ending &&
    was.frozen === (sample.frozen || sample.frozenTwin) &&
    KERNEL_SIGNALS.every((name) => was.signals[name] === is.signals?.[name])
  );
}

/** Cores that were busy between two samples. */
function busyCoresOf(before: NodeSample | undefined, after: NodeSample): number | undefined {
  if (before?.busyUsec === undefined || after.busyUsec === undefined) return undefined;
  const elapsedUsec = (after.monotonicMs - before.monotonicMs) * 1000;
  return elapsedUsec <= 0 ? undefined : Math.max(0, after.busyUsec - before.busyUsec) / elapsedUsec;
}

function memoryOf(sample: CgroupSample, limits: SnapshotSubject['limits'], node: NodeSample): MemorySnapshot {
  const { memoryStat: stat } = sample;
  const memory: MemorySnapshot = {};
  const swapBytes = sample.swapBytes ?? stat?.swapBytes;
  const unreclaimable =
    stat && (stat.kernelBytes ?? 0) + (stat.unevictableBytes ?? 0) + (node.swapTotalBytes > 0 ? 0 : (stat.anonBytes ?? 0));
  const someTotalUsec = sample.memoryPressure?.some?.totalUsec;
  if (sample.memoryBytes !== undefined) memory.currentBytes = sample.memoryBytes;
  if (typeof limits['memory.min'] === 'number') memory.minBytes = limits['memory.min'];
  if (typeof limits['memory.low'] === 'number') memory.lowBytes = limits['memory.low'];
  if (swapBytes !== undefined) memory.swapBytes = swapBytes;
  if (unreclaimable !== undefined) memory.unreclaimableBytes = unreclaimable;
  if (someTotalUsec !== undefined) memory.someTotalUsec = someTotalUsec;
  if (stat?.pagesScanned !== undefined) memory.pgscan = stat.pagesScanned;
  if (typeof limits['memory.oomGroup'] === 'boolean') memory.oomGroup = limits['memory.oomGroup'];
  return memory;
}
