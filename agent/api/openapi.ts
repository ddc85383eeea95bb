import swagger from '@fastify/swagger';
import type { ApiApp, ApiContext } from './context.js';
import { finishDocument, type OpenapiObject } from './openapi-finish.js';

/** Collects the routes that come after it into an OpenAPI 3.1 document. */
export async function registerOpenapi(app: ApiApp, version: string): Promise<void> {
  await app.register(swagger, {
    // Shared schemas by the name the contract gives them.
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `Schema${index}`) },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'tsgov',
        version,
        description: 'Run, isolate, see and govern the containers of a node.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
    },
    transform: ({ schema, url }) => ({ schema: documented({ ...schema }), url }),
    transformObject: (made) =>
      'openapiObject' in made ? (finishDocument(made.openapiObject as unknown as OpenapiObject) as object) : made.swaggerObject,
  });
}

/** What no validator reads but a reader wants: texts as answers and bodies. */
function documented(schema: Record<string, unknown>): Record<string, unknown> {
  const answers = schema.response === undefined && schema.produces !== undefined;
  const takes = schema.body === undefined && schema.consumes !== undefined;
  return {
    ...schema,
    ...(answers ? { response: { 200: { type: 'string' } } } : {}),
    ...(takes ? { body: { type: 'string', description: 'A policy file, YAML or JSON.' } } : {}),
  };
}

export function openapiRoutes(app: ApiApp, _context: ApiContext): void {
  let document: string | undefined;
  app.route({
    method: 'GET',
    url: '/openapi.json',
    schema: { summary: 'This document.', produces: ['application/json'] },
    handler: async (_request, reply) => {
      document ??= JSON.stringify(app.swagger());
      return reply.type('application/json; charset=utf-8').serializer(String).send(document);
    },
  });
}
