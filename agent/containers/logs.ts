import { closeSync, read, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LogLine, LogOptions } from '#agent/contract/backend.js';
import { AgentError } from '#agent/contract/errors.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { type LogFile, openLogFiles, tailPosition } from './log-files.js';
import { LogJoiner } from './log-join.js';
import { logTime, parseLogRecord } from './log-line.js';
import { ChangeWatch } from './log-watch.js';

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export interface LogSource {
  /** The file the shim writes; rotated ones are beside it as `.1`, `.2` …. */
  path: string;
  /** Whether more may come: the container runs, or a restart by policy is due. */
  live(): boolean;
  /** Calls back whenever `live` may have changed; answers how to stop that. */
  onChange(callback: () => void): () => void;
}

/** The log of a container; `follow` ends when it does not run and no restart is due. */
export function containerLogs(
  context: NodeContext,
  container: Container,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const source: LogSource = {
    path: context.store.logPath(container.id),
    live: () => container.removal === undefined && (container.run !== undefined || container.record.restartDue),
    onChange: (callback) => container.onChange(callback),
  };
  return readLogs(source, options, signal);
}

/**
 * A container's log, rotated files included, the parts of long lines joined. With `follow` it goes on until the container ends or
 * `signal` aborts. Throws BODY_INVALID on a bad `since` or `until`.
 */
export async function* readLogs(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<LogLine> {
  const since = bound(options.since, 'since');
  const until = bound(options.until, 'until');
  const wanted = (line: LogLine): boolean =>
    (since === undefined || line.time >= since) && (until === undefined || line.time <= until);
  const joiner = new LogJoiner();
  for await (const block of readBlocks(source, options, signal)) {
    for (const line of block) {
      const record = parseLogRecord(line);
      const joined = record && joiner.push(record);
      if (joined !== undefined && wanted(joined)) yield joined;
    }
  }
  if (signal.aborted) return;
  for (const line of joiner.flush()) if (wanted(line)) yield line;
}

function bound(text: string | undefined, field: string): string | undefined {
  if (text === undefined) return undefined;
  const time = logTime(text);
  if (time === undefined) throw new AgentError('BODY_INVALID', `${field} ${JSON.stringify(text)}: an RFC 3339 time`, { field });
  return time;
}

/** Whole physical lines, a block at a time. */
async function* readBlocks(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<Buffer[]> {
  const watch = options.follow ? new ChangeWatch(dirname(source.path)) : undefined;
  const stopWatching = watch && source.onChange(watch.notify);
  if (watch !== undefined) signal.addEventListener('abort', watch.notify, { once: true });
  const files = openLogFiles(source.path);
  try {
    const start = options.tail === undefined ? { index: 0, offset: 0 } : tailPosition(files, options.tail);
    for (const file of files.splice(0, start.index)) closeSync(file.fd);
    let offset = start.offset;
    while (!signal.aborted) {
      // Asked before reading: what was written before it became false is then read below.
      const live = watch !== undefined && source.live();
      const file = files[0];
      if (file !== undefined) offset = yield* readToEnd(file, offset, signal);
      if (signal.aborted) return;
      if (files.length > 1 || rotated(source.path, file)) {
        // Between reading to its end and the rotation, more may have come into the old file.
        if (file !== undefined) yield* readToEnd(file, offset, signal);
        if (files.length === 1 || file === undefined) files.push(...openLogFiles(source.path, file?.inode));
        if (file !== undefined) closeSync(files.shift()!.fd);
        offset = 0;
      } else if (live) await watch.changed();
      else return;
    }
  } finally {
    for (const file of files) closeSync(file.fd);
    stopWatching?.();
    if (watch !== undefined) signal.removeEventListener('abort', watch.notify);
    watch?.close();
  }
}

/** Yields the lines from `offset` on and answers the offset behind the last whole one. */
async function* readToEnd(file: LogFile, from: number, signal: AbortSignal): AsyncGenerator<Buffer[], number> {
  let offset = from;
  let rest = Buffer.alloc(0);
  while (!signal.aborted) {
    const block = Buffer.alloc(BLOCK_BYTES);
    const count = await readAt(file.fd, block, offset + rest.length);
    if (count === 0) break;
    const data = Buffer.concat([rest, block.subarray(0, count)]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      lines.push(data.subarray(start, end));
      start = end + 1;
    }
    rest = data.subarray(start);
    offset += start;
    if (lines.length > 0) yield lines;
  }
  return offset;
}

function readAt(fd: number, block: Buffer, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, block, 0, block.length, position, (error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

function rotated(path: string, file: LogFile | undefined): boolean {
  const now = statSync(path, { bigint: true, throwIfNoEntry: false });
  return now !== undefined && now.ino !== file?.inode;
}
