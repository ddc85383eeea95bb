import type { ServerResponse } from 'node:http';
import { Type } from 'typebox';
import type { LogLine, LogOptions } from '#agent/contract/backend.js';
import type { ApiApp, ApiContext } from './context.js';
import { NDJSON, preferredType } from './media-types.js';
import { Flag, isSet, pointInTime, RefParams, TimeText, WholeNumber } from './query.js';
import { clientGone, gather, streamAnswer } from './stream-out.js';

const TYPES = ['text/plain', NDJSON];
const LogsQuery = Type.Object(
  {
    follow: Type.Optional(Flag),
    tail: Type.Optional(Type.Union([WholeNumber, Type.Literal('all')])),
    since: Type.Optional(TimeText),
    until: Type.Optional(TimeText),
    timestamps: Type.Optional(Flag),
    stream: Type.Optional(Type.Unsafe<'stdout' | 'stderr'>({ type: 'string', enum: ['stdout', 'stderr'] })),
  },
  { additionalProperties: false },
);

/** A container's log. */
export function logsRoutes(app: ApiApp, { backend, clock, onFault }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/logs',
    exposeHeadRoute: false,
    schema: {
      summary:
        'What it wrote, both streams in their order, byte for byte. `Accept: application/x-ndjson` gives {time, stream, text} a line, with `base64` instead of `text` where the bytes are not UTF-8.',
      params: RefParams,
      querystring: LogsQuery,
      produces: TYPES,
    },
    handler: async (request, reply) => {
      const { query } = request;
      const nowMs = clock.nowMs();
      const at = (text: string | undefined, field: string) => (text === undefined ? undefined : pointInTime(text, nowMs, field));
      const options: LogOptions = {
        follow: isSet(query.follow),
        tail: query.tail === undefined || query.tail === 'all' ? undefined : Number(query.tail),
        since: at(query.since, 'since'),
        until: at(query.until, 'until'),
      };
      const asJson = preferredType(request.headers.accept, TYPES) === NDJSON;
      const format = asJson ? jsonLine : isSet(query.timestamps) ? stampedLine : (line: LogLine) => line.data;
      const { id } = backend.inspect(request.params.ref);
      const gone = clientGone(request, reply);
      // Whose log is not ours is refused before anything is answered.
      const lines = backend.logs(id, options, gone);
      const produce = async (out: ServerResponse) => {
        const gathered = gather(out);
        for await (const line of lines) {
          if (query.stream === undefined || query.stream === line.stream) await gathered.write(format(line));
          if (gone.aborted) return;
        }
        gathered.flush();
      };
      await streamAnswer(reply, asJson ? NDJSON : 'text/plain; charset=utf-8', produce, onFault);
      return reply;
    },
  });
}

function stampedLine(line: LogLine): Buffer {
  return Buffer.concat([Buffer.from(`${line.time} `), line.data]);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonLine(line: LogLine): string {
  return `${JSON.stringify({ time: line.time, stream: line.stream, ...textOf(line.data) })}\n`;
}

function textOf(data: Buffer): { text: string } | { base64: string } {
  try {
    return { text: utf8.decode(data) };
  } catch {
    return { base64: data.toString('base64') };
  }
}
