import { Type } from 'typebox';
import { LimitsInput, LimitsView } from '#agent/contract/limits.js';
import { LimitsPlan } from '#agent/contract/limits-plan.js';
import type { ApiApp, ApiContext } from './context.js';
import { Flag, isSet, RefParams } from './query.js';

/** Limits in the words PATCH takes. */
export function limitsRoutes(app: ApiApp, { backend }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/limits',
    schema: { summary: 'The limits in force, read from the kernel.', params: RefParams, response: { 200: LimitsView } },
    handler: async (request, reply) => reply.send(backend.limits(request.params.ref)),
  });

  app.route({
    method: 'PATCH',
    url: '/v1/containers/:ref/limits',
    schema: {
      summary:
        'Changes the limits given, all or none, as a recorded override; `clear` drops earlier overrides first; `dryRun` changes nothing and answers what would be written.',
      params: RefParams,
      querystring: Type.Object({ clear: Type.Optional(Flag), dryRun: Type.Optional(Flag) }, { additionalProperties: false }),
      body: LimitsInput,
      response: { 200: Type.Union([LimitsView, LimitsPlan]) },
    },
    handler: async (request, reply) => {
      const { ref } = request.params;
      const options = { clear: isSet(request.query.clear) };
      if (isSet(request.query.dryRun)) return reply.send(backend.planLimits(ref, request.body, options));
      return reply.send(await backend.setLimits(ref, request.body, options));
    },
  });
}
