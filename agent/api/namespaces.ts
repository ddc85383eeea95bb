import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { NAMESPACE_TYPES, type NamespaceType } from '#agent/contract/namespace-types.js';
import { NamespaceView } from '#agent/contract/namespaces.js';
import type { ApiApp, ApiContext } from './context.js';
import { noPages, Paging, padded, pageOf } from './paging.js';
import { Flag, isSet, Words, wordsOf } from './query.js';

/** Every namespace of the node. */
export function namespaceRoutes(app: ApiApp, { eyes }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/namespaces',
    exposeHeadRoute: false,
    schema: {
      summary:
        'Every namespace of the node, also those without a process; narrowed by type and container. With `tree`, user and pid namespaces, each before its children.',
      querystring: Type.Object(
        {
          type: Type.Optional(Words),
          container: Type.Optional(Type.String({ minLength: 1, description: 'A name, an id, or the start of one.' })),
          tree: Type.Optional(Flag),
          ...Paging,
        },
        { additionalProperties: false },
      ),
      response: { 200: Type.Array(NamespaceView) },
    },
    handler: async (request, reply) => {
      const { type, container, tree } = request.query;
      if (isSet(tree)) noPages(request.query);
      const types = wordsOf(type).map(namespaceType);
      const views = await eyes.namespaces({ types, tree: isSet(tree), ...(container === undefined ? {} : { container }) });
      return reply.send(pageOf(request, reply, request.query, views, (view) => `${view.type} ${padded(view.inode)}`));
    },
  });
}

function namespaceType(word: string): NamespaceType {
  const type = NAMESPACE_TYPES.find((each) => each === word);
  if (type !== undefined) return type;
  throw new AgentError('BODY_INVALID', `type must be ${NAMESPACE_TYPES.join(', ')}, not ${JSON.stringify(word)}`, {
    field: 'type',
  });
}
