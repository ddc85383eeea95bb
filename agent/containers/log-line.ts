/** One record of the CRI log: a whole line (`F`) or a part of one (`P`), without its newline. */
export interface LogRecord {
  time: string;
  stream: 'stdout' | 'stderr';
  partial: boolean;
  /** A view into the buffer it was parsed from. */
  text: Buffer;
}

const SPACE = 0x20;
const PARTIAL = 0x50;
const FULL = 0x46;

/**
 * Parses `<RFC3339 nanoseconds> stdout|stderr F|P <text>` (Kubernetes CRI logging), the newline not included; undefined for anything
 * else, e.g. a line cut off by a full disk.
 */
export function parseLogRecord(line: Buffer): LogRecord | undefined {
  const afterTime = line.indexOf(SPACE);
  if (afterTime <= 0) return undefined;
  const stream = line.toString('latin1', afterTime + 1, afterTime + 7);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tag = line[afterTime + 8];
  if (line[afterTime + 7] !== SPACE || (tag !== PARTIAL && tag !== FULL) || line[afterTime + 9] !== SPACE) return undefined;
  return { time: line.toString('latin1', 0, afterTime), stream, partial: tag === PARTIAL, text: line.subarray(afterTime + 10) };
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?(Z|[+-]\d\d:\d\d)$/i;

/** An RFC 3339 time as the log writes it (UTC, nine digits), so that times compare as text; undefined when it is none. */
export function logTime(text: string): string | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const seconds = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(seconds)) return undefined;
  return `${new Date(seconds).toISOString().slice(0, 19)}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}
