import { Type } from 'typebox';
import { LimitsInput, LimitsView } from '#agent/contract/limits.js';
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
      summary: 'Changes the limits given, all or none, as a recorded override; `clear` drops earlier overrides first.',
      params: RefParams,
      querystring: Type.Object({ clear: Type.Optional(Flag) }, { additionalProperties: false }),
      body: LimitsInput,
      response: { 200: LimitsView },
    },
    handler: async (request, reply) =>
      reply.send(await backend.setLimits(request.params.ref, request.body, { clear: isSet(request.query.clear) })),
  });
}
