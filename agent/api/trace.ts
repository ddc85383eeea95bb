import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import type { TraceEvent } from '#agent/contract/trace.js';
import { TRACE_KINDS, type TraceKind } from '#agent/contract/trace-kinds.js';
import type { ApiApp, ApiContext } from './context.js';
import { clientGone, streamAnswer } from './stream-out.js';

const KEEP_ALIVE_MS = 15_000;
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
      produces: ['text/event-stream'],
    },
    handler: async (request, reply) => {
      const { container } = request.query;
      const id = container === undefined ? undefined : backend.inspect(container).id;
      const gone = clientGone(request, reply);
      const source = await trace.trace(request.params.kind, id, gone);
      await streamAnswer(reply, 'text/event-stream', (out) => sendTrace(out, source, gone), onFault);
      return reply;
    },
  });
}

async function sendTrace(out: ServerResponse, source: AsyncIterable<TraceEvent>, gone: AbortSignal): Promise<void> {
  out.write(': watching\n\n');
  const keepAlive = setInterval(() => out.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
  try {
    for await (const event of source) {
      if (gone.aborted) return;
      out.write(`event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`);
      if (out.writableLength <= MAX_UNREAD_BYTES) continue;
      out.destroy();
      return;
    }
  } finally {
    clearInterval(keepAlive);
  }
}
