import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '#agent/contract/client-error.js';
import type { EventView } from '#agent/contract/container.js';
import { parseSse } from './sse.js';
import type { Transport } from './transport.js';

export interface EventsInput {
  /** RFC 3339, unix seconds, or a duration back from now (`10m`). Absent: from now on. */
  since?: string;
  type?: string[];
  /** Names, ids or starts of ids. */
  container?: string[];
  /** Goes on after this event. */
  lastEventId?: number;
  signal?: AbortSignal;
  /** How long to look for an agent that went away before giving up; it then goes on where it was. Default 10 s. */
  retryForMs?: number;
}

const RETRY_STEP_MS = 200;

/** Events as they come; a connection that breaks is taken up again with Last-Event-ID. Ends when `signal` aborts. */
export async function* followEvents(transport: Transport, input: EventsInput): AsyncGenerator<EventView> {
  let lastId = input.lastEventId;
  let failures = 0;
  let connected = false;
  for (;;) {
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (lastId !== undefined) headers['last-event-id'] = String(lastId);
      const response = await transport.send({ method: 'GET', path: pathOf(input), headers, signal: input.signal });
      failures = 0;
      connected = true;
      for await (const message of parseSse(response)) {
        if (message.event === 'problem') throw new ClientError('INTERNAL', message.data);
        const event = JSON.parse(message.data) as EventView;
        lastId = event.id;
        yield event;
      }
    } catch (error) {
      if (input.signal?.aborted) return;
      if (error instanceof ClientError && error.code !== 'AGENT_UNREACHABLE') throw error;
      // Before the first answer there is nothing to take up again.
      if (!connected || failures * RETRY_STEP_MS >= (input.retryForMs ?? 10_000)) throw transport.explain(error as Error);
    }
    if (input.signal?.aborted) return;
    failures += 1;
    await sleep(RETRY_STEP_MS);
  }
}

/** A page of the events still kept, oldest first; `lastEventId` is the `next` of the page before. */
export interface KeptEventsInput extends Pick<EventsInput, 'since' | 'type' | 'container'> {
  lastEventId?: string | number;
  limit?: number;
}

function pathOf(input: EventsInput): string {
  const query = new URLSearchParams();
  if (input.since !== undefined) query.set('since', input.since);
  for (const type of input.type ?? []) query.append('type', type);
  for (const container of input.container ?? []) query.append('container', container);
  const text = query.toString();
  return text === '' ? '/v1/events' : `/v1/events?${text}`;
}
