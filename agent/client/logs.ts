import type { LogLine } from '#agent/contract/backend.js';
import { containerAt, query } from './query.js';
import { ndjson, streamed } from './streamed.js';
import type { Transport } from './transport.js';

export interface LogsInput {
  follow?: boolean;
  tail?: number;
  /** RFC 3339, unix seconds, or a duration back from now. */
  since?: string;
  until?: string;
  stream?: 'stdout' | 'stderr';
  signal?: AbortSignal;
}

/** The raw bytes of both streams, in the order they were written. */
export function rawLogs(transport: Transport, ref: string, input: LogsInput & { timestamps?: boolean }): AsyncGenerator<Buffer> {
  const { signal, ...rest } = input;
  const path = `${containerAt(ref)}/logs${query(rest)}`;
  return streamed(transport, { path, signal }, (response) => response as AsyncIterable<Buffer>);
}

/** Lines with their time and stream, bytes intact. */
export async function* logLines(transport: Transport, ref: string, input: LogsInput): AsyncGenerator<LogLine> {
  const { signal, ...rest } = input;
  type Wire = { time: string; stream: LogLine['stream']; text?: string; base64?: string };
  for await (const line of ndjson<Wire>(transport, { path: `${containerAt(ref)}/logs${query(rest)}`, signal })) {
    const data = line.base64 === undefined ? Buffer.from(line.text ?? '') : Buffer.from(line.base64, 'base64');
    yield { time: line.time, stream: line.stream, data };
  }
}
