import type { CgroupSample, Pressure, PressureLine } from '#agent/model/sample.js';

/** As a sample is before a file was read; the pressures are taken back by their collectors. */
export function reset(sample: CgroupSample, monotonicMs: number, last: CgroupSample | undefined): CgroupSample {
  sample.monotonicMs = monotonicMs;
  sample.still = false;
  sample.cpuUsec = undefined;
  sample.userUsec = undefined;
  sample.systemUsec = undefined;
  sample.periods = undefined;
  sample.throttledPeriods = undefined;
  sample.throttledUsec = undefined;
  sample.bursts = undefined;
  sample.burstUsec = undefined;
  sample.memoryBytes = undefined;
  sample.swapBytes = undefined;
  sample.lowEvents = undefined;
  sample.highEvents = undefined;
  sample.maxEvents = undefined;
  sample.oomEvents = undefined;
  sample.oomKills = undefined;
  sample.oomGroupKills = undefined;
  sample.pids = undefined;
  sample.pidsRefused = undefined;
  sample.frozen = false;
  sample.frozenTwin = last?.frozenTwin ?? false;
  sample.memoryStat = last?.memoryStat;
  sample.memoryStatBefore = last?.memoryStatBefore;
  sample.io = last?.io;
  sample.ioBefore = last?.ioBefore;
  return sample;
}

/** What files that were left out would say again. */
export function carryOn(sample: CgroupSample, last: CgroupSample): void {
  sample.still = true;
  sample.periods = last.periods;
  sample.throttledPeriods = last.throttledPeriods;
  sample.throttledUsec = last.throttledUsec;
  sample.bursts = last.bursts;
  sample.burstUsec = last.burstUsec;
  sample.memoryBytes = last.memoryBytes;
  sample.swapBytes = last.swapBytes;
  sample.lowEvents = last.lowEvents;
  sample.highEvents = last.highEvents;
  sample.maxEvents = last.maxEvents;
  sample.oomEvents = last.oomEvents;
  sample.oomKills = last.oomKills;
  sample.oomGroupKills = last.oomGroupKills;
  sample.pids = last.pids;
  // Each sample has its own: they are written over.
  sample.cpuPressure = samePressure(last.cpuPressure, sample.cpuPressure);
  sample.memoryPressure = samePressure(last.memoryPressure, sample.memoryPressure);
  sample.ioPressure = samePressure(last.ioPressure, sample.ioPressure);
}

function samePressure(from: Pressure | undefined, into: Pressure | undefined): Pressure | undefined {
  if (from === undefined) return undefined;
  const pressure = into ?? { some: undefined, full: undefined };
  pressure.some = sameLine(from.some, pressure.some);
  pressure.full = sameLine(from.full, pressure.full);
  return pressure;
}

function sameLine(from: PressureLine | undefined, into: PressureLine | undefined): PressureLine | undefined {
  return from === undefined ? undefined : Object.assign(into ?? { ...from }, from);
}

export function isPressed(pressure: Pressure | undefined): boolean {
  return (pressure?.some?.avg10 ?? 0) > 0;
}

/** Whether there is anything that no file of one that does nothing would say. */
export function differs(one: CgroupSample, other: CgroupSample): boolean {
  return (
    one.memoryBytes !== other.memoryBytes ||
    one.pids !== other.pids ||
    one.oomKills !== other.oomKills ||
    one.cpuPressure?.some?.totalUsec !== other.cpuPressure?.some?.totalUsec ||
    one.memoryPressure?.some?.totalUsec !== other.memoryPressure?.some?.totalUsec ||
    one.ioPressure?.some?.totalUsec !== other.ioPressure?.some?.totalUsec
  );
}

export function newSample(): CgroupSample {
  return {
    monotonicMs: 0,
    still: false,
    cpuUsec: undefined,
    userUsec: undefined,
    systemUsec: undefined,
    periods: undefined,
    throttledPeriods: undefined,
    throttledUsec: undefined,
    bursts: undefined,
    burstUsec: undefined,
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
  };
}
