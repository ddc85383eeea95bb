import type { CgroupSample, MemoryStatReading, NodeSample, Sample } from '#agent/model/sample.js';
import { newSample } from '#agent/sampler/cgroup-sample.js';

/** A sample of a cgroup that uses nothing and has nothing, with these figures. */
export function cgroupSample(over: Partial<CgroupSample> = {}): CgroupSample {
  return { ...newSample(), ...over };
}

/** A reading of memory.stat that has nothing but these figures. */
export function memoryStat(over: Partial<MemoryStatReading> = {}): MemoryStatReading {
  return {
    monotonicMs: 0,
    usedBytes: undefined,
    anonBytes: undefined,
    fileBytes: undefined,
    mappedFileBytes: undefined,
    activeFileBytes: undefined,
    inactiveFileBytes: undefined,
    swapBytes: undefined,
    kernelBytes: undefined,
    unevictableBytes: undefined,
    refaults: undefined,
    refaultsAnon: undefined,
    refaultsFile: undefined,
    pagesScanned: undefined,
    pagesReclaimed: undefined,
    pageFaults: undefined,
    majorFaults: undefined,
    ownPageFaults: undefined,
    ownMajorFaults: undefined,
    ...over,
  };
}

export function nodeSample(over: Partial<NodeSample> = {}): NodeSample {
  return {
    monotonicMs: 0,
    cpus: 2,
    busyUsec: undefined,
    memTotalBytes: 8 * 2 ** 30,
    memAvailableBytes: undefined,
    swapTotalBytes: 0,
    swapFreeBytes: 0,
    cpuPressure: undefined,
    memoryPressure: undefined,
    ioPressure: undefined,
    disks: undefined,
    ...over,
  };
}

export function sampleOf(
  monotonicMs: number,
  containers: Record<string, Partial<CgroupSample>>,
  node: Partial<NodeSample> = {},
): Sample {
  return {
    atMs: 1_000_000 + monotonicMs,
    monotonicMs,
    node: nodeSample({ monotonicMs, ...node }),
    containers: new Map(Object.entries(containers).map(([id, over]) => [id, cgroupSample({ monotonicMs, ...over })])),
  };
}
