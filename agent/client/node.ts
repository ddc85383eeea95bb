import type { IncomingMessage } from 'node:http';
import type { EventPage, EventView } from '#agent/contract/container.js';
import type { DeathPage, JournalPage } from '#agent/contract/journal.js';
import type { MomentView } from '#agent/contract/moment.js';
import type { NamespaceView } from '#agent/contract/namespaces.js';
import type { NodeView } from '#agent/contract/node.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import type { TraceKind } from '#agent/contract/trace-kinds.js';
import type { UsageView } from '#agent/contract/usage.js';
import type { Calls } from './calls.js';
import type { Duration } from './container-acts.js';
import { type EventsInput, followEvents, type KeptEventsInput } from './events.js';
import { query } from './query.js';
import { parseSse } from './sse.js';
import { streamed } from './streamed.js';
import { followTrace, type TraceInput } from './trace.js';

/** The newest first; `cursor` is the `next` of the page before, `since` and `until` as for logs. */
export interface JournalInput {
  container?: string;
  since?: string;
  until?: string;
  policy?: string;
  action?: string;
  limit?: number;
  cursor?: string;
}

export interface UsageStreamInput {
  runtime?: string[];
  network?: string[];
  signals?: string[];
  container?: string[];
  /** At most so often. */
  interval?: Duration;
  signal?: AbortSignal;
}

/** The node, what happened on it, and the agent itself. */
export function nodeCalls({ transport, get, json, text }: Calls) {
  return {
    /** True when the agent answers and is ready; false when it is not yet, or none answers. */
    ready: async (): Promise<boolean> => {
      try {
        await text('/readyz');
        return true;
      } catch {
        return false;
      }
    },
    /** That the agent answers, and its version. */
    health: () => get<{ status: string; version: string }>('/healthz'),
    /** The node and all containers as the last tick saw them; `network`: ids whose network counters are wanted, or `all`. */
    usage: (input: { runtime?: string[]; network?: string[]; signals?: string[] } = {}) =>
      get<UsageView>(`/v1/stats${query({ ...input })}`),
    /** The same again after each tick of the agent, until `signal` aborts; `container`: names or ids of those that are wanted. */
    usageStream: (input: UsageStreamInput = {}): AsyncGenerator<UsageView> => {
      const { signal, ...rest } = input;
      return streamed(transport, { path: `/v1/stats/stream${query(rest)}`, accept: 'text/event-stream', signal }, usageOf);
    },
    node: () => get<NodeView>('/v1/node'),
    openapi: () => get<object>('/openapi.json'),
    metrics: () => text('/metrics'),
    /** Every namespace of the node. */
    nodeNamespaces: (input: { type?: string[]; container?: string; tree?: boolean } = {}) =>
      get<NamespaceView[]>(`/v1/namespaces${query({ ...input })}`),

    /** Acts of people, policies, rules and the agent. */
    journal: (input: JournalInput = {}) => get<JournalPage>(`/v1/journal${query({ ...input })}`),
    /** How containers ended. */
    deaths: (input: Omit<JournalInput, 'policy' | 'action'> = {}) => get<DeathPage>(`/v1/deaths${query({ ...input })}`),
    /** The node and all containers as the last recorded tick at or before `at` saw them, else the first there is. */
    moment: (at: string) => get<MomentView>(`/v1/history${query({ at })}`),
    /** Live events, taken up again where they broke off when the agent restarts. */
    events: (input: EventsInput = {}): AsyncGenerator<EventView> => followEvents(transport, input),
    /** A page of the events that are kept, oldest first. */
    keptEvents: (input: KeptEventsInput = {}) =>
      json<EventPage>({ method: 'GET', path: `/v1/events${query({ ...input })}`, headers: { accept: 'application/json' } }),
    /** What the kernel tells from now on (BPF), until `signal` aborts. */
    trace: (kind: TraceKind, input: TraceInput = {}): AsyncGenerator<TraceEvent> => followTrace(transport, kind, input),
  };
}

async function* usageOf(response: IncomingMessage): AsyncGenerator<UsageView> {
  for await (const { data } of parseSse(response)) yield JSON.parse(data) as UsageView;
}
