import { Type } from 'typebox';
import type { TraceEvent } from '#agent/contract/trace.js';
import { TRACE_KINDS, type TraceKind } from '#agent/contract/trace-kinds.js';
import type { ApiApp, ApiContext } from './context.js';
import { EVENT_STREAM } from './media-types.js';
import { type SseMessage, sendSse } from './sse-out.js';
import { clientGone, streamAnswer } from './stream-out.js';

/** A client that has more than this unread is dropped. */
const MAX_UNREAD_BYTES = 4 << 20;

/** What the kernel tells, as server-sent events. */
export function traceRoutes(app: ApiApp, { trace, backend, onFault }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/trace/:kind',
    exposeHeadRoute: false,
    schema: {
      summary:
        'What happens from now on, as the kernel tells it (BPF): processes, OOM kills, connections, signals, block I/O, cgroups; `text/event-stream`. The program is loaded while somebody listens; the answer starts when it is.',
      params: Type.Object({ kind: Type.Unsafe<TraceKind>({ type: 'string', enum: [...TRACE_KINDS] }) }),
      querystring: Type.Object(
        { container: Type.Optional(Type.String({ minLength: 1, description: 'Only of this one: a name, an id or its start.' })) },
        { additionalProperties: false },
      ),
      produces: [EVENT_STREAM],
    },
    handler: async (request, reply) => {
      const { container } = request.query;
      const id = container === undefined ? undefined : backend.inspect(container).id;
      const gone = clientGone(request, reply);
      const source = await trace.trace(request.params.kind, id, gone);
      const options = { gone, hello: 'watching', maxUnreadBytes: MAX_UNREAD_BYTES };
      await streamAnswer(reply, EVENT_STREAM, (out) => sendSse(out, messagesOf(source), options), onFault);
      return reply;
    },
  });
}

async function* messagesOf(source: AsyncIterable<TraceEvent>): AsyncGenerator<SseMessage> {
  for await (const event of source) yield { event: event.event, data: event };
}
