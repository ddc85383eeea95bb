import type { LogLine } from '#agent/contract/backend.js';
import type { LogRecord } from './log-line.js';

/** Longer lines come in pieces of this size. */
const MAX_LINE_BYTES = 1 << 20;
const NEWLINE = Buffer.from('\n');

type Pending = { time: string; parts: Buffer[]; bytes: number };

/** Puts the parts of long lines together again, each stream for itself. */
export class LogJoiner {
  readonly #pending: Record<'stdout' | 'stderr', Pending | undefined> = { stdout: undefined, stderr: undefined };

  /** The line this record ends, if it ends one. */
  push({ time, stream, partial, text }: LogRecord): LogLine | undefined {
    const pending = this.#pending[stream] ?? { time, parts: [], bytes: 0 };
    pending.parts.push(Buffer.from(text));
    pending.bytes += text.length;
    const whole = !partial;
    if (!whole && pending.bytes < MAX_LINE_BYTES) {
      this.#pending[stream] = pending;
      return undefined;
    }
    this.#pending[stream] = undefined;
    if (whole) pending.parts.push(NEWLINE);
    return { time: pending.time, stream, data: Buffer.concat(pending.parts) };
  }

  /** What was written without a newline so far, oldest first. */
  flush(): LogLine[] {
    const lines: LogLine[] = [];
    for (const stream of ['stdout', 'stderr'] as const) {
      const pending = this.#pending[stream];
      this.#pending[stream] = undefined;
      if (pending !== undefined) lines.push({ time: pending.time, stream, data: Buffer.concat(pending.parts) });
    }
    return lines.sort((a, b) => (a.time < b.time ? -1 : 1));
  }
}
