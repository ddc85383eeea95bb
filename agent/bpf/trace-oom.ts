import { type RecordSource, type TraceHelp, text } from './trace-source.js';

/** Who was killed, and why it came to that. */
export interface OomRecord {
  cgroup: bigint;
  memoryCgroup: bigint;
  pid: number;
  comm: string;
  oomScoreAdj: number;
  /** Cgroup whose limit was reached: its path, `node` where the node's memory ended; undefined: this kernel does not say. */
  level: string | undefined;
  trigger: { pid: number; comm: string };
}

/** struct oom_event. */
export function oomRecord(record: Buffer, help: Pick<TraceHelp, 'cgroupPath'>): OomRecord {
  const level = record.readBigUInt64LE(16);
  const known = record.readUInt32LE(68) === 1;
  return {
    cgroup: record.readBigUInt64LE(0),
    memoryCgroup: record.readBigUInt64LE(8),
    pid: record.readUInt32LE(24),
    comm: text(record, 32, 16),
    oomScoreAdj: record.readInt32LE(64),
    level: known ? (level === 0n ? 'node' : help.cgroupPath('memory', level)) : undefined,
    trigger: { pid: record.readUInt32LE(28), comm: text(record, 48, 16) },
  };
}

export const TRACE_OOM: RecordSource = {
  kind: 'oom',
  object: 'oom.bpf.o',
  decode: (record, help) => {
    const { cgroup, memoryCgroup, pid, comm, oomScoreAdj, level, trigger } = oomRecord(record, help);
    return {
      cgroups: [
        ['memory', memoryCgroup],
        ['tasks', cgroup],
      ],
      event: 'oom',
      attributes: { pid, comm, oomScoreAdj, level: level ?? null, triggerPid: trigger.pid, triggerComm: trigger.comm },
    };
  },
};
