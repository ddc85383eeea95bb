import type { CgroupSample, IoCounters } from '#agent/model/sample.js';
import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { type IoDeviceStats, parseBlkioStat, parseIoStat } from '#runtime/cgroup/io-stat.js';

const SIGNALS = ['io.read', 'io.write'];

/**
 * Block I/O by disk. v1 counts for a disk only once a throttle was set on it (kernel ≥ 6.10), or while bfq schedules it, so bfq's files
 * are looked at where throttling's say nothing. Sources: cgroup-v2.rst "io.stat", cgroup-v1/blkio-controller.rst.
 */
export const ioCollectors: CollectorsOf = (host) => {
  const version = carrierVersion(host, 'io');
  if (version === undefined) return [];
  if (version === 'v2') return [{ owner: 'io', file: 'io.stat', pace: 'slow', signals: SIGNALS, parse: v2 }];
  return [
    blkio('throttle', 'io_service_bytes', 'slow', () => true),
    blkio('throttle', 'io_serviced', 'asked', hasIo),
    blkio('bfq', 'io_service_bytes', 'asked', (sample) => !hasIo(sample)),
  ];
};

function v2(bytes: Buffer, start: number, end: number, into: CgroupSample): void {
  begin(into, parseIoStat(bytes.subarray(start, end)));
}

function blkio(
  policy: string,
  what: 'io_service_bytes' | 'io_serviced',
  pace: Collector['pace'],
  wanted: (sample: CgroupSample) => boolean,
): Collector {
  return {
    owner: 'io',
    file: `blkio.${policy}.${what}_recursive`,
    pace,
    signals: SIGNALS,
    wanted,
    parse: (all, start, end, into) => {
      const bytes = all.subarray(start, end);
      if (what === 'io_service_bytes') {
        begin(into, parseBlkioStat(bytes, undefined));
        return;
      }
      for (const device of parseBlkioStat(undefined, bytes)) {
        const counters = into.io?.devices[`${device.major}:${device.minor}`];
        if (counters === undefined) continue;
        counters.reads = device.reads;
        counters.writes = device.writes;
      }
    },
  };
}

/** This very sample has figures of some disk. */
function hasIo({ io, monotonicMs }: CgroupSample): boolean {
  if (io === undefined || io.monotonicMs !== monotonicMs) return false;
  for (const _ in io.devices) return true;
  return false;
}

function begin(into: CgroupSample, stats: readonly IoDeviceStats[]): void {
  const devices: Record<string, IoCounters> = {};
  for (const { major, minor, readBytes, writeBytes, reads, writes } of stats)
    devices[`${major}:${minor}`] = { readBytes, writeBytes, reads, writes };
  // bfq's figures take the place of throttling's empty ones of the same moment.
  if (into.io?.monotonicMs !== into.monotonicMs) into.ioBefore = into.io;
  into.io = { monotonicMs: into.monotonicMs, devices };
}
