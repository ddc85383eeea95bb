import { NodeView } from '#agent/contract/node.js';
import type { ApiApp, ApiContext } from './context.js';

/** What this node is and offers. */
export function nodeRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/node',
    schema: { summary: 'The node, the agent on it, and what the host offers.', response: { 200: NodeView } },
    handler: async (_request, reply) => reply.send(await context.node()),
  });
}
