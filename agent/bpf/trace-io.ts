import { blockIoKey } from './block-io.js';
import type { RecordSource } from './trace-source.js';

/** struct io_event: a request that is done. */
export const TRACE_IO: RecordSource = {
  kind: 'io',
  object: 'block-io.bpf.o',
  decode: (record) => {
    const { device, operation } = blockIoKey(record.subarray(0, 16));
    return {
      cgroups: [['io', record.readBigUInt64LE(0)]],
      event: operation,
      attributes: { device, bytes: Number(record.readBigUInt64LE(24)), latencyUsec: Number(record.readBigUInt64LE(16)) / 1000 },
    };
  },
};
