import swagger from '@fastify/swagger';
import type { ApiApp, ApiContext } from './context.js';

/** Collects the routes that come after it into an OpenAPI 3.1 document. */
export async function registerOpenapi(app: ApiApp, version: string): Promise<void> {
  await app.register(swagger, {
    // Shared schemas by the name the contract gives them.
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `Schema${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: { title: 'tsgov', version, description: 'Run, isolate, see and govern the containers of a node.' },
    },
  });
}

export function openapiRoutes(app: ApiApp, _context: ApiContext): void {
  let document: string | undefined;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { summary: 'This document.' },
    handler: async (_request, reply) => {
      document ??= JSON.stringify(app.swagger());
      return reply.type('application/json; charset=utf-8').serializer(String).send(document);
    },
  });
}
