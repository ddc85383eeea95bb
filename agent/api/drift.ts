import { DriftView } from '#agent/contract/drift.js';
import type { ApiApp, ApiContext } from './context.js';
import { RefParams } from './query.js';

/** What others changed of a container's limits. */
export function driftRoutes(app: ApiApp, { backend }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/drift',
    schema: {
      summary: 'What somebody else changed of its limits and was put back: the last 100, with who wrote; tugs of war.',
      params: RefParams,
      response: { 200: DriftView },
    },
    handler: async (request, reply) => reply.send(backend.drift(request.params.ref)),
  });
}
