import { type RecordSource, text } from './trace-source.js';

const EVENTS = ['mkdir', 'rmdir', 'attach'] as const;

/** struct cgroup_event. The cgroup may be of any hierarchy, so its id tells nothing; its path does. */
export const TRACE_CGROUP: RecordSource = {
  kind: 'cgroup',
  object: 'cgroup.bpf.o',
  decode: (record) => {
    const event = EVENTS[record.readUInt32LE(0)];
    if (event === undefined) return undefined;
    const path = text(record, 28, 256);
    return {
      cgroups: [],
      path,
      event,
      attributes: {
        path,
        ...(event === 'attach' ? { pid: record.readUInt32LE(4) } : {}),
        byPid: record.readUInt32LE(8),
        byComm: text(record, 12, 16),
      },
    };
  },
};
