import { Type } from 'typebox';
import { UsageView } from '#agent/contract/usage.js';
import type { ApiApp, ApiContext } from './context.js';
import { UsageWords, usageQuery } from './usage-query.js';

/** Everything at once. */
export function usageRoutes(app: ApiApp, { eyes }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/stats',
    schema: {
      summary:
        'The node and all containers as the last tick saw them, at the cost of one request; `runtime` as for the list; `network`: ids whose network counters are wanted, or `all`; `signals`: those of containers that are wanted, all by default.',
      querystring: Type.Object(UsageWords, { additionalProperties: false }),
      response: { 200: UsageView },
    },
    handler: async (request, reply) => reply.send(eyes.usage(usageQuery(request.query))),
  });
}
