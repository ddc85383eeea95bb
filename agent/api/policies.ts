import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';
import { PolicyDiff, PolicyList, PolicyValidation, PolicyView } from '#agent/contract/policy.js';
import { PolicyTest } from '#agent/contract/policy-test.js';
import type { ApiApp, ApiContext } from './context.js';
import { pointInTime, TimeText } from './query.js';

const NameParams = Type.Object({ name: Type.String({ minLength: 1, description: "A policy's name." }) });
const FileQuery = Type.Object(
  { file: Type.Optional(Type.String({ description: "The file's name in messages." })) },
  { additionalProperties: false },
);
const TestQuery = Type.Object(
  {
    ...FileQuery.properties,
    since: Type.Optional(TimeText),
    until: Type.Optional(TimeText),
    container: Type.Optional(
      Type.String({ minLength: 1, description: 'Of this container only: its name, its id, or the start of it.' }),
    ),
  },
  { additionalProperties: false },
);
const POLICY_TYPES = ['application/yaml', 'application/json'];
const HOUR_MS = 3_600_000;
const DEFAULT_FILE = 'policy.yaml';

/** Policies; bodies are policy files, YAML or JSON, whatever type they claim. */
export function policyRoutes(app: ApiApp, context: ApiContext): void {
  void app.register((scope, _options, done) => {
    const routes = scope as unknown as ApiApp;
    routes.removeAllContentTypeParsers();
    routes.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, parsed) => parsed(null, body));
    policyRoutesAsText(routes, context);
    done();
  });
}

function policyRoutesAsText(app: ApiApp, { policies, policyTests, clock }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/v1/policies',
    schema: { summary: 'The policies in force, and the files that are refused.', response: { 200: PolicyList } },
    handler: async (_request, reply) => reply.send(policies.list()),
  });

  app.route({
    method: 'GET',
    url: '/v1/policies/:name',
    schema: { summary: 'One policy, with the containers it matches.', params: NameParams, response: { 200: PolicyView } },
    handler: async (request, reply) => reply.send(policies.get(request.params.name)),
  });

  app.route({
    method: 'PUT',
    url: '/v1/policies/:name',
    schema: {
      consumes: POLICY_TYPES,
      summary: 'Adds or replaces a policy; the body is a policy file with this one. It is on disk and in force when it answers.',
      params: NameParams,
      response: { 200: PolicyView },
    },
    handler: async (request, reply) => reply.send(await policies.put(request.params.name, textOf(request.body))),
  });

  app.route({
    method: 'DELETE',
    url: '/v1/policies/:name',
    schema: {
      summary: 'Removes a policy; what it had set goes back to what holds without it.',
      params: NameParams,
      response: { 204: Type.Null() },
    },
    handler: async (request, reply) => {
      await policies.remove(request.params.name);
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/policies/validate',
    schema: {
      consumes: POLICY_TYPES,
      summary: 'All that is wrong with a policy file (the body), with line and column; changes nothing.',
      querystring: FileQuery,
      response: { 200: PolicyValidation },
    },
    handler: async (request, reply) => reply.send(policies.validate(textOf(request.body), request.query.file ?? DEFAULT_FILE)),
  });

  app.route({
    method: 'POST',
    url: '/v1/policies/test',
    schema: {
      consumes: POLICY_TYPES,
      summary: 'What the rules of a policy file (the body) would have done over what was recorded, by default in the last hour.',
      querystring: TestQuery,
      response: { 200: PolicyTest },
    },
    handler: async (request, reply) => {
      const { file, since, until, container } = request.query;
      const timeOf = (text: string, field: string): number => Date.parse(pointInTime(text, clock.nowMs(), field));
      const toMs = until === undefined ? clock.nowMs() : timeOf(until, 'until');
      const fromMs = since === undefined ? toMs - HOUR_MS : timeOf(since, 'since');
      return reply.send(await policyTests.test(textOf(request.body), file ?? DEFAULT_FILE, { fromMs, toMs, container }));
    },
  });

  app.route({
    method: 'POST',
    url: '/v1/policies/diff',
    schema: {
      consumes: POLICY_TYPES,
      summary: 'What a policy file (the body) would change on which container; changes nothing.',
      querystring: FileQuery,
      response: { 200: PolicyDiff },
    },
    handler: async (request, reply) => reply.send(policies.diff(textOf(request.body), request.query.file ?? DEFAULT_FILE)),
  });
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  throw new AgentError('BODY_INVALID', 'the body is empty; it must be a policy file, YAML or JSON', { field: 'body' });
}
