import type { FastifyRequest } from 'fastify';
import { actingAs, type Caller } from '#agent/store/journal/acting.js';
import type { ApiApp, ApiContext } from './context.js';

/**
 * What a request does is done in the name of its caller, and what it did is on disk when it is answered. After the body was read: that comes
 * in turns of the connection, which know nothing of the request.
 */
export function tellCaller(app: ApiApp, context: Pick<ApiContext, 'journal' | 'peerOf'>): void {
  app.addHook('preHandler', (request, _reply, done) => actingAs(callerOf(request, context), done));
  app.addHook('onSend', async (request, _reply, payload) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') await context.journal.durable();
    return payload;
  });
}

function callerOf({ raw }: Pick<FastifyRequest, 'raw'>, { peerOf }: Pick<ApiContext, 'peerOf'>): Caller {
  const { remoteAddress } = raw.socket;
  if (remoteAddress !== undefined) return { actor: 'user', values: { address: remoteAddress } };
  const peer = peerOf?.(raw.socket);
  return { actor: 'user', values: peer === undefined ? {} : { ...peer } };
}
