import type { FastifyRequest } from 'fastify';
import { askedBy, type Caller } from '#agent/store/journal/acting.js';
import type { ApiApp, ApiContext } from './context.js';

/**
 * What a request does is done in the name of its caller, and what it did is on disk when it is answered. Of routes made from now on, whose
 * handlers begin what is to be done before they first wait.
 */
export function tellCaller(app: ApiApp, context: Pick<ApiContext, 'journal' | 'peerOf'>): void {
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    if (READS.has(String(route.method))) return;
    route.handler = function asked(request, reply) {
      return askedBy(callerOf(request, context), () => handler.call(this, request, reply));
    };
  });
  app.addHook('onSend', async (request, _reply, payload) => {
    if (!READS.has(request.method)) await context.journal.durable();
    return payload;
  });
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

function callerOf({ raw }: Pick<FastifyRequest, 'raw'>, { peerOf }: Pick<ApiContext, 'peerOf'>): Caller {
  const { remoteAddress } = raw.socket;
  if (remoteAddress !== undefined) return { actor: 'user', values: { address: remoteAddress } };
  const peer = peerOf?.(raw.socket);
  return { actor: 'user', values: peer === undefined ? {} : { ...peer } };
}
