import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import { StatsView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp, ApiContext } from './context.js';
import { NDJSON } from './media-types.js';
import { DurationText, durationMs, Flag, isSet, RefParams } from './query.js';
import { clientGone, streamAnswer, writeAll } from './stream-out.js';

const SHORTEST_INTERVAL_MS = 100;
const LONGEST_INTERVAL_MS = 3_600_000;

/** One sample, or a stream of them. */
export function statsRoutes(app: ApiApp, { backend, onFault }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/stats',
    exposeHeadRoute: false,
    schema: {
      summary: 'A sample; with `stream`, one a line every `interval` (1s) until the container does not run any more.',
      params: RefParams,
      querystring: Type.Object(
        { stream: Type.Optional(Flag), interval: Type.Optional(DurationText) },
        { additionalProperties: false },
      ),
      produces: ['application/json', NDJSON],
      response: { 200: StatsView },
    },
    handler: async (request, reply) => {
      const intervalMs = intervalOf(request.query.interval);
      const first = backend.stats(request.params.ref);
      if (!isSet(request.query.stream)) return reply.send(first);
      const gone = clientGone(request, reply);
      const produce = async (out: ServerResponse) => {
        // By id: the name may pass to another container while the stream lasts.
        for (
          let sample: StatsView | undefined = first;
          sample !== undefined;
          sample = nextSample(() => backend.stats(first.id))
        ) {
          await writeAll(out, `${JSON.stringify(sample)}\n`);
          await sleep(intervalMs, undefined, { signal: gone }).catch(() => {});
          if (gone.aborted) return;
        }
      };
      await streamAnswer(reply, NDJSON, produce, onFault);
      return reply;
    },
  });
}

/** undefined when the container was removed or stopped meanwhile: the stream's end. */
function nextSample(read: () => StatsView): StatsView | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AgentError && (error.code === 'CONTAINER_NOT_FOUND' || error.code === 'STATE_CONFLICT'))
      return undefined;
    throw error;
  }
}

function intervalOf(text: string | undefined): number {
  const intervalMs = durationMs(text ?? '1s', 'interval');
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  throw new AgentError('BODY_INVALID', `interval must be 100ms to 1h, not ${JSON.stringify(text)}`, { field: 'interval' });
}
