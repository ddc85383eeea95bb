import { Type } from 'typebox';
import { ContainerView, PlanLine } from '#agent/contract/container.js';
import { CreateBody, Created } from '#agent/contract/create.js';
import { containerFilter, runtimesOf } from './container-filter.js';
import type { ApiApp, ApiContext } from './context.js';
import { preferredType } from './media-types.js';
import { Paging, pageOf } from './paging.js';
import { PROBLEM_TYPE, problemOf } from './problems.js';
import { Flag, isSet, RefParams, Words } from './query.js';

const closed = { additionalProperties: false };
const PLAN_TYPES = ['application/json', 'text/plain'];

/** `/v1/containers` and what is read of one. */
export function containerRoutes(app: ApiApp, { backend }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/containers',
    schema: {
      summary:
        'Containers of tsgov, with `runtime` those of others too (`all`: everybody’s), narrowed by status, name (globs) and label (key or key=value).',
      querystring: Type.Object(
        {
          status: Type.Optional(Words),
          name: Type.Optional(Words),
          label: Type.Optional(Words),
          runtime: Type.Optional(Words),
          ...Paging,
        },
        closed,
      ),
      response: { 200: Type.Array(ContainerView) },
    },
    handler: async (request, reply) => {
      const keep = containerFilter(request.query);
      const views = backend.list(runtimesOf(request.query.runtime)).filter(keep);
      return reply.send(pageOf(request, reply, request.query, views, ({ id }) => id));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/containers',
    schema: {
      summary:
        'Creates a container; with `start`, starts it too. What was made before a start failed is `instance` of the problem.',
      querystring: Type.Object({ start: Type.Optional(Flag) }, closed),
      body: CreateBody,
      response: { 201: Created },
    },
    handler: async (request, reply) => {
      const created = await backend.create(request.body);
      const location = `/v1/containers/${created.id}`;
      reply.header('location', location);
      if (!isSet(request.query.start)) return reply.code(201).send(created);
      try {
        await backend.start(created.id);
      } catch (error) {
        const problem = { ...problemOf(error), instance: location };
        return reply
          .code(problem.status as 201)
          .type(PROBLEM_TYPE)
          .send(problem as never);
      }
      return reply.code(201).send(created);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref',
    schema: { summary: 'One container.', params: RefParams, response: { 200: ContainerView } },
    handler: async (request, reply) => reply.send(backend.inspect(request.params.ref)),
  });

  app.route({
    method: 'DELETE',
    url: '/v1/containers/:ref',
    schema: {
      summary: 'Removes a container; a running one only with `force`.',
      params: RefParams,
      querystring: Type.Object({ force: Type.Optional(Flag) }, closed),
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await backend.remove(request.params.ref, { force: isSet(request.query.force) });
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/namespaces',
    schema: {
      summary: 'Its namespaces: type to inode.',
      params: RefParams,
      response: { 200: Type.Record(Type.String(), Type.Number()) },
    },
    handler: async (request, reply) => reply.send(backend.namespaces(request.params.ref)),
  });

  app.route({
    method: 'GET',
    url: '/v1/containers/:ref/plan',
    schema: {
      summary: 'The tape that launches it, each op with its origin in config.json; lines of text with `Accept: text/plain`.',
      params: RefParams,
      produces: PLAN_TYPES,
      response: { 200: Type.Object({ ops: Type.Array(PlanLine) }) },
    },
    handler: async (request, reply) => {
      const ops = backend.plan(request.params.ref);
      if (preferredType(request.headers.accept, PLAN_TYPES) !== 'text/plain') return reply.send({ ops });
      const text = ops.map(planLine).join('');
      return reply
        .type('text/plain; charset=utf-8')
        .serializer(String)
        .send(text as never);
    },
  });
}

/** One line an op: index, op, origin, and what it does. */
function planLine(line: PlanLine): string {
  return `${String(line.index).padStart(4)}  ${line.op.padEnd(16)} ${line.origin.padEnd(32)} ${line.text}\n`;
}
