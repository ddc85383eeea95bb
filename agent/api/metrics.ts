import type { ApiApp, ApiContext } from './context.js';

/** For Prometheus. */
export function metricsRoutes(app: ApiApp, { metrics }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    schema: { summary: "Containers under cAdvisor's names, the machine and the agent itself.", produces: ['text/plain'] },
    handler: async (_request, reply) => reply.type(metrics.contentType).send(await metrics.render()),
  });
}
