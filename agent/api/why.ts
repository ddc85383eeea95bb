import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { WhyView } from '#agent/contract/why.js';
import type { ApiApp, ApiContext } from './context.js';
import { DurationText, durationMs, RefParams } from './query.js';
import { clientGone } from './stream-out.js';

const DEFAULT_WINDOW = '2s';
const SHORTEST_MS = 100;
const LONGEST_MS = 60_000;

/** What holds a container back now. */
export function whyRoutes(app: ApiApp, { why }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/why',
    exposeHeadRoute: false,
    schema: {
      summary: 'What holds it back, the worst first, with figures and who set it; looks for `window` (2s).',
      params: RefParams,
      querystring: Type.Object({ window: Type.Optional(DurationText) }, { additionalProperties: false }),
      response: { 200: WhyView },
    },
    handler: async (request, reply) => {
      const windowMs = windowOf(request.query.window);
      const gone = clientGone(request, reply);
      try {
        return reply.send(await why.why(request.params.ref, { windowMs }, gone));
      } catch (error) {
        if (!gone.aborted) throw error;
        return reply.hijack();
      }
    },
  });
}

function windowOf(text: string | undefined): number {
  const windowMs = durationMs(text ?? DEFAULT_WINDOW, 'window');
  if (windowMs >= SHORTEST_MS && windowMs <= LONGEST_MS) return windowMs;
  throw new AgentError('BODY_INVALID', `window must be 100ms to 60s, not ${JSON.stringify(text)}`, { field: 'window' });
}
