import { Type } from 'typebox';
import { UsageView } from '#agent/contract/usage.js';
import { runtimesOf } from './container-filter.js';
import type { ApiApp, ApiContext } from './context.js';
import { Words, wordsOf } from './query.js';

/** Everything at once. */
export function usageRoutes(app: ApiApp, { eyes }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/stats',
    schema: {
      summary:
        'The node and all containers as the last tick saw them, at the cost of one request; `runtime` as for the list; `network`: ids whose network counters are wanted, or `all`.',
      querystring: Type.Object({ runtime: Type.Optional(Words), network: Type.Optional(Words) }, { additionalProperties: false }),
      response: { 200: UsageView },
    },
    handler: async (request, reply) => {
      const network = wordsOf(request.query.network);
      return reply.send(
        eyes.usage({ runtimes: runtimesOf(request.query.runtime), network: network.includes('all') ? 'all' : network }),
      );
    },
  });
}
