import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { PAGE_TYPES, type PageName } from '#agent/page/page-files.js';
import type { ApiApp, ApiContext } from './context.js';

/** Own files only, no inline script or style, in nobody's frame; text never becomes markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The status page, the page of this API, and what they are made of. They hold nothing of the node: that they ask for. */
export function pageRoutes(app: ApiApp, { page }: ApiContext): void {
  const send = (request: FastifyRequest, reply: FastifyReply, name: PageName) => {
    const { type, etag, bytes } = page(name);
    reply.header('etag', etag).header('cache-control', 'no-cache').header('content-security-policy', POLICY);
    reply.header('referrer-policy', 'no-referrer').header('x-frame-options', 'DENY');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type(type).send(bytes);
  };

  app.route({
    method: 'GET',
    url: '/',
    schema: { summary: 'The status page: the node, its containers, and one of them, live.', produces: ['text/html'] },
    handler: async (request, reply) => send(request, reply, 'index.html'),
  });

  app.route({
    method: 'GET',
    url: '/docs',
    schema: { summary: 'This API as a page, made of /openapi.json.', produces: ['text/html'] },
    handler: async (request, reply) => send(request, reply, 'docs.html'),
  });

  app.route({
    method: 'GET',
    url: '/page/:file',
    schema: {
      summary: 'What both pages are made of.',
      params: Type.Object({ file: Type.String({ minLength: 1, description: FILES.join(', ') }) }),
      produces: ['text/css', 'text/javascript', 'image/svg+xml'],
    },
    handler: async (request, reply) => {
      const name = FILES.find((each) => each === request.params.file);
      if (name === undefined) throw new AgentError('NOT_FOUND', `the pages have no file ${JSON.stringify(request.params.file)}`);
      return send(request, reply, name);
    },
  });
}

const FILES = (Object.keys(PAGE_TYPES) as PageName[]).filter((name) => !name.endsWith('.html'));
