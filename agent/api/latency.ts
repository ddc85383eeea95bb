import { LatencyView } from '#agent/contract/latency.js';
import type { ApiApp, ApiContext } from './context.js';
import { RefParams } from './query.js';

/** Histograms of what a container waited for. */
export function latencyRoutes(app: ApiApp, { latency }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/latency',
    schema: {
      summary: 'How long its tasks waited for a CPU and its requests for a disk: log2 histograms, counted by BPF.',
      params: RefParams,
      response: { 200: LatencyView },
    },
    handler: async (request, reply) => reply.send(latency(request.params.ref)),
  });
}
