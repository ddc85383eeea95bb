import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp, ApiContext } from './context.js';

const Status = Type.Object({ status: Type.String(), version: Type.String() });

/** For probes: the agent answers; the agent has adopted what ran before it. */
export function healthRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/healthz',
    schema: { summary: 'The agent answers.', response: { 200: Status } },
    handler: async (_request, reply) => reply.send({ status: 'ok', version: context.version }),
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    schema: { summary: 'The agent has taken up the containers of the one before it; 503 until then.', response: { 200: Status } },
    handler: async (_request, reply) => {
      if (!context.ready()) throw new AgentError('AGENT_UNREACHABLE', 'the agent is still taking up the containers it found');
      return reply.send({ status: 'ready', version: context.version });
    },
  });
}
