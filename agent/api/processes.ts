import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { MountView, ProcessView, SocketView } from '#agent/contract/processes.js';
import type { ApiApp, ApiContext } from './context.js';
import { DurationText, durationMs, Flag, isSet, RefParams } from './query.js';

const SHORTEST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 60_000;

/** What runs in a container, what it is connected to, and what is mounted there. */
export function processRoutes(app: ApiApp, { eyes }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/processes',
    exposeHeadRoute: false,
    schema: {
      summary:
        'Its processes, by pid. `tree`: parents before children; `pss` and `files` cost more; `interval`: CPU use over that long instead of since they started.',
      params: RefParams,
      querystring: Type.Object(
        {
          tree: Type.Optional(Flag),
          pss: Type.Optional(Flag),
          files: Type.Optional(Flag),
          interval: Type.Optional(DurationText),
        },
        { additionalProperties: false },
      ),
      response: { 200: Type.Array(ProcessView) },
    },
    handler: async (request, reply) => {
      const { tree, pss, files, interval } = request.query;
      const intervalMs = interval === undefined ? undefined : intervalOf(interval);
      return reply.send(
        await eyes.processes(request.params.ref, { tree: isSet(tree), pss: isSet(pss), files: isSet(files), intervalMs }),
      );
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/sockets',
    exposeHeadRoute: false,
    schema: {
      summary:
        "Its TCP, UDP and unix sockets: all of its network namespaces; of the node's own only those its processes have open.",
      params: RefParams,
      response: { 200: Type.Array(SocketView) },
    },
    handler: async (request, reply) => reply.send(await eyes.sockets(request.params.ref)),
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/mounts',
    exposeHeadRoute: false,
    schema: {
      summary: 'The mounts its first process sees.',
      params: RefParams,
      response: { 200: Type.Array(MountView) },
    },
    handler: async (request, reply) => reply.send(await eyes.mounts(request.params.ref)),
  });
}

function intervalOf(text: string): number {
  const intervalMs = durationMs(text, 'interval');
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  throw new AgentError('BODY_INVALID', `interval must be 50ms to 1m, not ${JSON.stringify(text)}`, { field: 'interval' });
}
