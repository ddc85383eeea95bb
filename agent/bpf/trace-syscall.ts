import type { CountSource } from './trace-source.js';

/** struct syscall_key: u64 cgroup, u32 number. */
export const TRACE_SYSCALL: CountSource = {
  kind: 'syscall',
  object: 'syscall.bpf.o',
  map: 'calls',
  keyBytes: 16,
  everyMs: 1000,
  decodeCount: (key, count, help) => {
    const number = key.readUInt32LE(8);
    return {
      cgroups: [['tasks', key.readBigUInt64LE()]],
      event: 'syscalls',
      attributes: { syscall: help.syscallName(number) ?? `syscall ${number}`, number, count },
    };
  },
};
