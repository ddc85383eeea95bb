import { formatDurationUsec, parseDurationUsec } from '#agent/contract/duration.js';
import { longTimer } from '#agent/contract/long-timer.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import { TRACE_KINDS, type TraceKind } from '#agent/contract/trace-kinds.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { document, formatOf } from '#src/cli/output/documents.js';
import { traceHeader, traceLine } from '#src/cli/output/trace-line.js';

const FLAGS = {
  duration: { type: 'string', value: 'duration', help: 'End after this long (10s); default: until Ctrl-C' },
  format: { type: 'string', value: 'string', help: 'table, json or yaml', default: 'table' },
} as const satisfies FlagTable;

export const TRACE = defineCommand({
  usage: `${TRACE_KINDS.join('|')} [OPTIONS] [CONTAINER]`,
  description:
    'Shows what the kernel tells as it happens, with the containers it happens in (BPF). json prints an event a line.\n' +
    '  exec    programs started, processes forked and ended\n' +
    '  oom     processes killed for want of memory, and at whose limit\n' +
    '  tcp     connections made, taken and closed, and segments sent again\n' +
    '  signal  signals, and who sent them\n' +
    '  io      block I/O: device, size and how long it took\n' +
    '  cgroup  cgroups made and removed, and processes moved\n' +
    '  syscall how often each system call was made, every second',
  flags: FLAGS,
  args: { min: 1, max: 2 },
  examples: ['tsgov trace exec web', 'tsgov trace tcp --format json --duration 10s'],
  run: async (context, flags, [name = '', container]) => {
    const kind = TRACE_KINDS.find((each) => each === name);
    if (kind === undefined) throw new UsageError(`${JSON.stringify(name)} cannot be traced: want ${TRACE_KINDS.join(', ')}`);
    const format = formatOf(flags.format, ['table', 'json', 'yaml'], 'table');
    const durationMs = flags.duration === undefined ? undefined : millisecondsOf(flags.duration);
    const stop = new AbortController();
    const end = () => stop.abort();
    let cancel: () => void = () => undefined;
    context.stdout.once('gone', end);
    process.once('SIGINT', end).once('SIGTERM', end);
    try {
      const client = await context.client();
      const onStart = () => {
        if (format === 'table') context.stdout.write(traceHeader(kind));
        if (durationMs !== undefined) cancel = longTimer(durationMs, end);
      };
      for await (const event of client.trace(kind, { ...defined({ container }), signal: stop.signal, onStart }))
        await show(context, event, kind, format);
    } finally {
      cancel();
      process.off('SIGINT', end).off('SIGTERM', end);
    }
    return 0;
  },
});

async function show(context: Context, event: TraceEvent, kind: TraceKind, format: 'table' | 'json' | 'yaml'): Promise<void> {
  const { stdout } = context;
  if (format === 'json') stdout.write(`${JSON.stringify(event)}\n`);
  else if (format === 'yaml') stdout.write(`---\n${await document(event, 'yaml')}`);
  else stdout.write(traceLine(kind, event));
  await stdout.flushed();
}

function millisecondsOf(text: string): number {
  const usec = parseDurationUsec(text);
  if (usec !== undefined && usec >= 1000) return usec / 1000;
  const want = `want a duration of ${formatDurationUsec(1000)} at least, such as 10s`;
  throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--duration" flag: ${want}`);
}
