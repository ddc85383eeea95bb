import { label } from '#agent/metrics/exposition.js';
import { type Family, family } from './family.js';

const COUNTERS = [
  ['container_fs_reads_total', 'Reads completed.', 'reads', 'rios', 'io_serviced Read'],
  ['container_fs_writes_total', 'Writes completed.', 'writes', 'wios', 'io_serviced Write'],
  ['container_fs_reads_bytes_total', 'Bytes read.', 'readBytes', 'rbytes', 'io_service_bytes Read'],
  ['container_fs_writes_bytes_total', 'Bytes written.', 'writeBytes', 'wbytes', 'io_service_bytes Write'],
] as const;

export const IO: readonly Family[] = [
  ...COUNTERS.map(([name, help, key, v2, v1]) =>
    family(
      {
        name,
        type: 'counter',
        help,
        source: { v2: `io.stat ${v2}`, v1: `blkio.throttle.${v1} (bfq's where that counts nothing)` },
      },
      ['device'],
      (s, emit) => {
        const io = s.figures?.io ?? {};
        for (const device in io) emit(io[device]?.[key], label('device', s.deviceName(device)));
      },
    ),
  ),
  family(
    {
      name: 'container_fs_usage_bytes',
      type: 'gauge',
      help: 'What its own writes take in its writable layer, measured once a minute at most.',
      source: 'blocks of the files in the upper directory of its root',
    },
    ['device'],
    ({ layer }, emit) => {
      if (layer !== undefined) emit(layer.bytes, label('device', layer.device));
    },
  ),
];
