import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { UsageView } from '#agent/contract/usage.js';
import { SIGNALS } from '#agent/policy/signals.js';
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
        'The node and all containers as the last tick saw them, at the cost of one request; `runtime` as for the list; `network`: ids whose network counters are wanted, or `all`; `signals`: those of containers that are wanted, all by default.',
      querystring: Type.Object(
        { runtime: Type.Optional(Words), network: Type.Optional(Words), signals: Type.Optional(Words) },
        { additionalProperties: false },
      ),
      response: { 200: UsageView },
    },
    handler: async (request, reply) => {
      const { query } = request;
      const network = wordsOf(query.network);
      return reply.send(
        eyes.usage({
          runtimes: runtimesOf(query.runtime),
          network: network.includes('all') ? 'all' : network,
          ...(query.signals === undefined ? {} : { signals: known(wordsOf(query.signals)) }),
        }),
      );
    },
  });
}

/** Throws BODY_INVALID for a signal that is none. */
function known(signals: readonly string[]): readonly string[] {
  const wrong = signals.find((name) => SIGNALS[name]?.scope !== 'container');
  if (wrong === undefined) return signals;
  throw new AgentError('BODY_INVALID', `signals must be of a container (docs/rules.md), not ${JSON.stringify(wrong)}`, {
    field: 'signals',
  });
}
