import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import { parseSse } from './sse.js';
import type { Transport } from './transport.js';

export interface TraceInput {
  /** A name, an id or its start; absent: all of the node. */
  container?: string;
  signal?: AbortSignal;
  /** Called once the kernel tells: what happens from then on is not missed. */
  onStart?: () => void;
}

/** What the kernel tells of a kind, as it comes. Ends when `signal` aborts; an agent that goes away is an error. */
export async function* followTrace(transport: Transport, kind: TraceKind, input: TraceInput): AsyncGenerator<TraceEvent> {
  const query = input.container === undefined ? '' : `?container=${encodeURIComponent(input.container)}`;
  try {
    const headers = { accept: 'text/event-stream' };
    const path = `/v1/trace/${encodeURIComponent(kind)}${query}`;
    const response = await transport.send({ method: 'GET', path, headers, signal: input.signal });
    try {
      input.onStart?.();
      for await (const message of parseSse(response)) yield JSON.parse(message.data) as TraceEvent;
    } finally {
      response.destroy();
    }
  } catch (error) {
    if (!input.signal?.aborted) throw transport.explain(error as Error);
  }
}
