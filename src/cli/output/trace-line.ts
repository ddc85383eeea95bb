import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import { printable } from './printable.js';

interface Column {
  title: string;
  width: number;
  cell: (event: TraceEvent) => string;
}

const GAP = '  ';

/** The line above a table of traces; columns are as wide as they mostly need, as rows come one by one. */
export function traceHeader(kind: TraceKind): string {
  return line(COLUMNS[kind].map(({ title, width }) => title.padEnd(width)));
}

/** One event as a row. */
export function traceLine(kind: TraceKind, event: TraceEvent): string {
  if (event.event === 'lost') return `${GAP}(${event.attributes.events} events came too fast and were lost)\n`;
  return line(COLUMNS[kind].map(({ cell, width }) => printable(cell(event)).padEnd(width)));
}

function line(cells: readonly string[]): string {
  return `${cells.join(GAP).trimEnd()}\n`;
}

const TIME: Column = { title: 'TIME', width: 12, cell: ({ time }) => time.slice(11, 23) };
const CONTAINER: Column = { title: 'CONTAINER', width: 20, cell: ({ container }) => container?.name ?? '-' };
const EVENT: Column = { title: 'EVENT', width: 10, cell: ({ event }) => event };

function attribute(title: string, name: string, width: number): Column {
  return { title, width, cell: ({ attributes }) => String(attributes[name] ?? '-') };
}

/** `1234 comm`, by the names of the two attributes. */
function process(title: string, pid: string, comm: string): Column {
  return { title, width: 24, cell: ({ attributes }) => `${attributes[pid] ?? '-'} ${attributes[comm] ?? ''}`.trimEnd() };
}

const PROCESS = process('PROCESS', 'pid', 'comm');

const COLUMNS: Readonly<Record<TraceKind, readonly Column[]>> = {
  exec: [TIME, CONTAINER, EVENT, PROCESS, attribute('PPID', 'ppid', 8), { title: 'DETAIL', width: 0, cell: execDetail }],
  oom: [TIME, CONTAINER, PROCESS, attribute('LEVEL', 'level', 40), process('CAUSED BY', 'triggerPid', 'triggerComm')],
  tcp: [
    TIME,
    CONTAINER,
    EVENT,
    attribute('LOCAL', 'local', 22),
    attribute('REMOTE', 'remote', 22),
    { title: 'DETAIL', width: 0, cell: tcpDetail },
  ],
  signal: [
    TIME,
    CONTAINER,
    attribute('SIGNAL', 'signal', 10),
    PROCESS,
    process('SENDER', 'senderPid', 'senderComm'),
    attribute('OF', 'senderContainer', 20),
    attribute('RESULT', 'result', 0),
  ],
  io: [
    TIME,
    CONTAINER,
    EVENT,
    attribute('DEVICE', 'device', 8),
    attribute('BYTES', 'bytes', 10),
    { title: 'LATENCY', width: 0, cell: ({ attributes }) => `${(Number(attributes.latencyUsec) / 1000).toFixed(3)}ms` },
  ],
  syscall: [TIME, CONTAINER, attribute('SYSCALL', 'syscall', 20), attribute('CALLS', 'count', 0)],
  cgroup: [TIME, CONTAINER, EVENT, process('BY', 'byPid', 'byComm'), attribute('PID', 'pid', 8), attribute('PATH', 'path', 0)],
};

function execDetail({ event, attributes }: TraceEvent): string {
  if (event === 'exec') return String(attributes.args || attributes.file);
  if (event !== 'exit') return '';
  return `${attributes.signal ?? `exit ${attributes.exitCode}`} after ${Number(attributes.lifetimeMs).toFixed(1)}ms`;
}

function tcpDetail({ event, attributes }: TraceEvent): string {
  if (event === 'close') return `sent ${attributes.sentBytes} B, received ${attributes.receivedBytes} B`;
  return attributes.pid === undefined ? '' : `${attributes.pid} ${attributes.comm}`;
}
