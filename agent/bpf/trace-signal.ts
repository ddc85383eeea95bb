import { signalName } from './signal-name.js';
import { type RecordSource, text } from './trace-source.js';

/** enum of include/trace/events/signal.h. */
const RESULTS = ['delivered', 'ignored', 'already pending', 'lost', 'lost'] as const;

/** struct signal_event. The container is the target's, else the sender's. */
export const TRACE_SIGNAL: RecordSource = {
  kind: 'signal',
  object: 'signal.bpf.o',
  decode: (record, help) => {
    const target = record.readBigUInt64LE(0);
    const sender = record.readBigUInt64LE(8);
    const fromKernel = record.readUInt32LE(36) === 1;
    return {
      cgroups: [
        ['tasks', target],
        ['tasks', sender],
      ],
      event: 'signal',
      attributes: {
        signal: signalName(record.readInt32LE(24)),
        pid: record.readUInt32LE(16),
        comm: text(record, 40, 16),
        from: fromKernel ? 'kernel' : 'process',
        senderPid: record.readUInt32LE(20),
        senderComm: text(record, 56, 16),
        senderContainer: help.nameOf('tasks', sender) ?? null,
        result: RESULTS[record.readInt32LE(32)] ?? 'lost',
      },
    };
  },
};
