import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import type { EventView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp, ApiContext } from './context.js';
import { pointInTime, TimeText, Words, wordsOf } from './query.js';
import { clientGone, streamAnswer } from './stream-out.js';

const KEEP_ALIVE_MS = 15_000;
/** A client that has more than this unread is dropped; it comes back with Last-Event-ID. */
const MAX_UNREAD_BYTES = 1 << 20;

/** What happens, as server-sent events. */
export function eventsRoutes(app: ApiApp, { backend, clock, onFault }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/events',
    exposeHeadRoute: false,
    schema: {
      summary: 'Events from now on, or after `Last-Event-ID`, or since a time, as far as they are kept; `text/event-stream`.',
      querystring: Type.Object(
        {
          since: Type.Optional(TimeText),
          type: Type.Optional(Words),
          container: Type.Optional(Words),
          lastEventId: Type.Optional(Type.String({ description: 'As the header, for clients that cannot set one.' })),
        },
        { additionalProperties: false },
      ),
      produces: ['text/event-stream'],
    },
    handler: async (request, reply) => {
      const { query } = request;
      const lastId = lastIdOf(headerText(request.headers['last-event-id']) ?? query.lastEventId);
      const sinceMs = query.since === undefined ? undefined : Date.parse(pointInTime(query.since, clock.nowMs(), 'since'));
      const wanted = eventFilter(wordsOf(query.type), wordsOf(query.container), sinceMs);
      const gone = clientGone(request, reply);
      const source = backend.events(lastId ?? (sinceMs === undefined ? undefined : 0), gone);
      await streamAnswer(reply, 'text/event-stream', (out) => sendEvents(out, source, wanted, gone), onFault);
      return reply;
    },
  });
}

async function sendEvents(
  out: ServerResponse,
  source: AsyncIterable<EventView>,
  wanted: (event: EventView) => boolean,
  gone: AbortSignal,
): Promise<void> {
  out.write('retry: 1000\n\n');
  const keepAlive = setInterval(() => out.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
  try {
    for await (const event of source) {
      if (gone.aborted) return;
      if (!wanted(event)) continue;
      out.write(`id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      if (out.writableLength <= MAX_UNREAD_BYTES) continue;
      out.destroy();
      return;
    }
  } finally {
    clearInterval(keepAlive);
  }
}

function eventFilter(types: string[], containers: string[], sinceMs: number | undefined): (event: EventView) => boolean {
  return (event) =>
    (types.length === 0 || types.includes(event.type)) &&
    (sinceMs === undefined || Date.parse(event.time) >= sinceMs) &&
    (containers.length === 0 || containers.some((ref) => event.container?.name === ref || event.container?.id.startsWith(ref)));
}

function headerText(value: string | string[] | undefined): string | undefined {
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
