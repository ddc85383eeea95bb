import type { CgroupSample, NodeSample, Sample } from '#agent/model/sample.js';

/** A sample of a cgroup that uses nothing and has nothing, with these figures. */
export function cgroupSample(over: Partial<CgroupSample> = {}): CgroupSample {
  return {
    monotonicMs: 0,
    cpuUsec: undefined,
    periods: undefined,
    throttledPeriods: undefined,
    throttledUsec: undefined,
    memoryBytes: undefined,
    swapBytes: undefined,
    lowEvents: undefined,
    highEvents: undefined,
    maxEvents: undefined,
    oomEvents: undefined,
    oomKills: undefined,
    oomGroupKills: undefined,
    pids: undefined,
    pidsRefused: undefined,
    cpuPressure: undefined,
    memoryPressure: undefined,
    ioPressure: undefined,
    frozen: false,
    frozenTwin: false,
    memoryStat: undefined,
    memoryStatBefore: undefined,
    io: undefined,
    ioBefore: undefined,
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
