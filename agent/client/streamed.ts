import type { IncomingMessage } from 'node:http';
import { readLines } from './lines.js';
import type { Transport } from './transport.js';

interface StreamInput {
  path: string;
  accept?: string;
  signal: AbortSignal | undefined;
}

/** A body read to its end; a reader that stops early, or an abort, closes the connection. An abort ends it without an error. */
export async function* streamed<T>(
  transport: Transport,
  input: StreamInput,
  read: (response: IncomingMessage) => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    const headers = input.accept === undefined ? {} : { accept: input.accept };
    const response = await transport.send({ method: 'GET', path: input.path, headers, signal: input.signal });
    try {
      yield* read(response);
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (!input.signal?.aborted) throw transport.explain(error as Error);
  }
}

/** One object a line. */
export function ndjson<T>(transport: Transport, input: Omit<StreamInput, 'accept'>): AsyncGenerator<T> {
  return streamed(transport, { ...input, accept: 'application/x-ndjson' }, async function* (response) {
    for await (const line of readLines(response)) yield JSON.parse(line) as T;
  });
}
