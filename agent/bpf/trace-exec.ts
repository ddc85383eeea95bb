import { signalName } from './signal-name.js';
import { type RecordSource, text } from './trace-source.js';

const EVENTS = ['exec', 'fork', 'exit'] as const;
const FILE = 48;
const ARGS_BYTES = 176;
const ARGS = 180;

/** struct process_event. */
export const TRACE_EXEC: RecordSource = {
  kind: 'exec',
  object: 'process.bpf.o',
  decode: (record) => {
    const event = EVENTS[record.readUInt32LE(16)];
    if (event === undefined) return undefined;
    const attributes = { pid: record.readUInt32LE(20), ppid: record.readUInt32LE(24), comm: text(record, 32, 16) };
    return {
      cgroups: [['tasks', record.readBigUInt64LE(0)]],
      event,
      attributes: {
        ...attributes,
        ...(event === 'exec' ? { file: text(record, FILE, 128), args: argsOf(record) } : {}),
        ...(event === 'exit' ? { ...endOf(record.readInt32LE(28)), lifetimeMs: Number(record.readBigUInt64LE(8)) / 1e6 } : {}),
      },
    };
  },
};

/** Arguments, cut after 256 bytes, as a shell would take them back where they have blanks. */
function argsOf(record: Buffer): string {
  const args = record.toString('utf8', ARGS, ARGS + record.readUInt32LE(ARGS_BYTES)).split('\0');
  if (args.at(-1) === '') args.pop();
  return args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** A status as wait(2) has it. */
function endOf(status: number): { exitCode: number; signal: string | null } {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff, signal: null } : { exitCode: 128 + signal, signal: signalName(signal) };
}
