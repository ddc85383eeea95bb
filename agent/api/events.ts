import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EventPage, type EventView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp, ApiContext } from './context.js';
import { EVENT_STREAM, preferredType } from './media-types.js';
import { Limit, pageSize } from './paging.js';
import { pointInTime, TimeText, Words, wordsOf } from './query.js';
import { type SseMessage, sendSse } from './sse-out.js';
import { clientGone, streamAnswer } from './stream-out.js';

/** A client that has more than this unread is dropped; it comes back with Last-Event-ID. */
const MAX_UNREAD_BYTES = 1 << 20;
const TYPES = [EVENT_STREAM, 'application/json'];

/** What happens, as server-sent events; a page of what happened as JSON. */
export function eventsRoutes(app: ApiApp, { backend, clock, onFault }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/events',
    exposeHeadRoute: false,
    schema: {
      summary:
        'Events from now on, or after `Last-Event-ID`, or since a time, as far as they are kept; `text/event-stream`. With `Accept: application/json` a page of those kept, oldest first.',
      headers: Type.Object({
        'last-event-id': Type.Optional(Type.String({ description: 'Goes on after this event.' })),
      }),
      querystring: Type.Object(
        {
          since: Type.Optional(TimeText),
          type: Type.Optional(Words),
          container: Type.Optional(Words),
          lastEventId: Type.Optional(Type.String({ description: 'As the header, for clients that cannot set one.' })),
          limit: Type.Optional(Limit),
        },
        { additionalProperties: false },
      ),
      produces: TYPES,
      response: { 200: EventPage },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const lastId = lastIdOf(headerText(request.headers['last-event-id']) ?? query.lastEventId);
      const sinceMs = query.since === undefined ? undefined : Date.parse(pointInTime(query.since, clock.nowMs(), 'since'));
      const wanted = eventFilter(wordsOf(query.type), wordsOf(query.container), sinceMs);
      if (preferredType(request.headers.accept, TYPES) !== EVENT_STREAM)
        return reply.send(pageOf(backend.keptEvents(lastId).filter(wanted), pageSize(query.limit)));
      const gone = clientGone(request, reply);
      const source = backend.events(lastId ?? (sinceMs === undefined ? undefined : 0), gone);
      const options = { gone, maxUnreadBytes: MAX_UNREAD_BYTES };
      await streamAnswer(reply, EVENT_STREAM, (out) => sendSse(out, messagesOf(source, wanted), options), onFault);
      return reply;
    },
  });
}

type Wanted = (event: EventView) => boolean;

async function* messagesOf(source: AsyncIterable<EventView>, wanted: Wanted): AsyncGenerator<SseMessage> {
  for await (const event of source) if (wanted(event)) yield { id: event.id, event: event.type, data: event };
}

function pageOf(events: EventView[], limit: number): EventPage {
  const shown = events.slice(0, limit);
  return { events: shown, next: events.length > limit ? String(shown.at(-1)?.id) : null };
}

function eventFilter(types: string[], containers: string[], sinceMs: number | undefined): Wanted {
  return (event) =>
    (types.length === 0 || types.includes(event.type)) &&
    (sinceMs === undefined || Date.parse(event.time) >= sinceMs) &&
    (containers.length === 0 || containers.some((ref) => event.container?.name === ref || event.container?.id.startsWith(ref)));
}

function headerText(value: FastifyRequest['headers'][string]): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function lastIdOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id)) return id;
  throw new AgentError('BODY_INVALID', `Last-Event-ID must be the id of an event, not ${JSON.stringify(text)}`, {
    field: 'Last-Event-ID',
  });
}
