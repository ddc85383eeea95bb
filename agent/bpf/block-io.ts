import { LATENCY_SLOTS, SIZE_SLOTS, type SumSource } from './sum-source.js';

/** Where in a value things are. */
export const BLOCK_IO_SIZES = LATENCY_SLOTS;
export const BLOCK_IO_NS = LATENCY_SLOTS + SIZE_SLOTS;
export const BLOCK_IO_BYTES = BLOCK_IO_NS + 1;

/** enum req_op, the ones a container causes; include/linux/blk_types.h. */
const OPERATIONS: Readonly<Record<number, string>> = {
  0: 'read',
  1: 'write',
  2: 'flush',
  3: 'discard',
  5: 'discard',
  9: 'write',
};

/** Words: latency by log2 of µs, size by log2 of sectors, nanoseconds, bytes. Labels read `254:0 write`. */
export const BLOCK_IO: SumSource = {
  name: 'block I/O latency',
  object: 'block-io.bpf.o',
  map: 'io',
  space: 'io',
  keyBytes: 16,
  words: LATENCY_SLOTS + SIZE_SLOTS + 2,
  label: (key) => {
    const { device, operation } = blockIoKey(key);
    return `${device} ${operation}`;
  },
  help: 'how long disks take and how large requests are, io.latency.p99',
};

/** struct io_key: u64 cgroup, u32 major, u32 minor << 8 | operation. */
export function blockIoKey(key: Buffer): { device: string; operation: string } {
  const minorOp = key.readUInt32LE(12);
  return { device: `${key.readUInt32LE(8)}:${minorOp >>> 8}`, operation: OPERATIONS[minorOp & 0xff] ?? 'other' };
}
