import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { MountView, ProcessView, SocketView } from '#agent/contract/processes.js';
import type { ApiApp, ApiContext } from './context.js';
import { noPages, Paging, padded, pageOf } from './paging.js';
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
          ...Paging,
        },
        { additionalProperties: false },
      ),
      response: { 200: Type.Array(ProcessView) },
    },
    handler: async (request, reply) => {
      const { tree, pss, files, interval } = request.query;
      const intervalMs = interval === undefined ? undefined : intervalOf(interval);
      if (isSet(tree)) noPages(request.query);
      const views = await eyes.processes(request.params.ref, {
        tree: isSet(tree),
        pss: isSet(pss),
        files: isSet(files),
        intervalMs,
      });
      return reply.send(pageOf(request, reply, request.query, views, ({ pid }) => padded(pid)));
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
      querystring: Type.Object(Paging, { additionalProperties: false }),
      response: { 200: Type.Array(SocketView) },
    },
    handler: async (request, reply) => {
      const views = await eyes.sockets(request.params.ref);
      return reply.send(pageOf(request, reply, request.query, views, socketKey));
    },
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

/** What no process has open any more (TIME_WAIT) has no inode, but addresses of its own. */
function socketKey({ inode, network, protocol, ...rest }: SocketView): string {
  const { localAddress, localPort, remoteAddress, remotePort } = rest;
  return [padded(inode), network, protocol, localAddress, localPort, remoteAddress, remotePort].join(' ');
}

function intervalOf(text: string): number {
  const intervalMs = durationMs(text, 'interval');
  if (intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS) return intervalMs;
  throw new AgentError('BODY_INVALID', `interval must be 50ms to 1m, not ${JSON.stringify(text)}`, { field: 'interval' });
}
