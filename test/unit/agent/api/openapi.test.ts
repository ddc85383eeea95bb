import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { apiRoutes, openapiDocument } from '#agent/api/document.js';

interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, object> };
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
}

let document: {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};
before(async () => {
  document = JSON.parse(JSON.stringify(await openapiDocument('1.2.3')));
});

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(structuredClone(document));
  assert.deepEqual(result.errors ?? [], []);
  assert.equal(result.valid, true);
  assert.equal(validator.version, '3.1');
});

test('a document that is none is refused by the same validator', async () => {
  const broken = structuredClone(document) as unknown as { paths: Record<string, unknown> };
  broken.paths['/v1/x'] = { get: { responses: { wrong: {} } } };
  assert.equal((await new Validator().validate(broken)).valid, false);
});

test('it has every route of the route table, each with a name of its own, a summary, and how it is refused', async () => {
  const known = (await apiRoutes())
    .filter(({ method }) => method !== 'HEAD')
    .map(({ method, url }) => `${method.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`);
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(told.sort(), known.sort());
  const names = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const what = `${method} ${path}`;
      assert.ok(!names.has(operation.operationId), what);
      names.add(operation.operationId);
      assert.match(operation.operationId, /^[a-z-]+$/);
      assert.ok(operation.summary.length > 0 && operation.tags[0], what);
      assert.equal(
        operation.responses.default?.content?.['application/problem+json']?.schema.$ref,
        '#/components/schemas/Problem',
        what,
      );
      assert.ok(Object.keys(operation.responses).length > 1, `${what} says what it answers`);
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      assert.deepEqual(
        inPath,
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        what,
      );
    }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    ([, name]) => name as string,
  );
  assert.ok(references.length > 50);
  for (const name of references) assert.ok(name in document.components.schemas, name);
});

test('what is streamed or plain is text, what is posted has its types', () => {
  const types = (path: string, method = 'get') => Object.keys(document.paths[path]?.[method]?.responses['200']?.content ?? {});
  assert.deepEqual(types('/v1/events'), ['text/event-stream', 'application/json']);
  assert.deepEqual(types('/v1/containers/{ref}/logs'), ['text/plain', 'application/x-ndjson']);
  assert.deepEqual(types('/v1/containers'), ['application/json']);
  const put = document.paths['/v1/policies/{name}']?.put?.requestBody?.content ?? {};
  assert.deepEqual(Object.keys(put), ['application/yaml', 'application/json']);
  assert.ok(document.paths['/v1/events']?.get?.parameters?.some((one) => one.in === 'header' && one.name === 'last-event-id'));
});
