import { AgentError } from '#agent/contract/errors.js';
import type { TraceBackend, TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';

/** Traces of a node in memory: what a test puts there, then silence until the reader goes; `refuse` is a host without BPF. */
export class MemoryTrace implements TraceBackend {
  readonly events: TraceEvent[] = [];
  refuse: string | undefined;

  trace(kind: TraceKind, container: string | undefined, signal: AbortSignal): Promise<AsyncIterable<TraceEvent>> {
    if (this.refuse !== undefined) return Promise.reject(new AgentError('UNSUPPORTED', this.refuse));
    return Promise.resolve(this.#follow(kind, container, signal));
  }

  async *#follow(kind: TraceKind, container: string | undefined, signal: AbortSignal): AsyncGenerator<TraceEvent> {
    for (const event of this.events)
      if (event.kind === kind && (container === undefined || event.container?.id === container)) yield event;
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
