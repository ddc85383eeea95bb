import fc from 'fast-check';

interface Schema {
  $ref?: string;
  type?: string;
  anyOf?: Schema[];
  const?: unknown;
  enum?: unknown[];
  pattern?: string;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  patternProperties?: Record<string, Schema>;
}
interface Operation {
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}
export interface Document {
  components?: { schemas?: Record<string, Schema> };
  paths: Record<string, Record<string, Operation>>;
}

export interface MadeRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Values for fields and parameters of these names, wherever they are; others are made from their schema. */
export type Values = Readonly<Record<string, fc.Arbitrary<unknown>>>;

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JUNK = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e308, '', [], {}, [[]], 'a\0b', '../..', '%00', '\u202e😀', 'x'.repeat(5000)),
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.double({ noNaN: true }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.integer(), { maxKeys: 2 }),
);
const HEADERS: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({}) },
  fc.constantFrom<Record<string, string>>(
    { accept: 'text/html' },
    { accept: 'text/plain' },
    { accept: 'application/x-ndjson;q=0.1, */*' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'multipart/form-data' },
    { 'content-encoding': 'gzip' },
    { 'last-event-id': '1' },
    { 'last-event-id': 'x' },
    { connection: 'Upgrade', upgrade: 'h2c' },
    { connection: 'Upgrade', upgrade: 'tsgov-stream' },
    { expect: 'nothing' },
  ),
);

/** Requests made from an OpenAPI document: each route and field in turn right, left out, unknown and wrong. */
export function requestsOf(document: Document, values: Values): fc.Arbitrary<MadeRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => (methods[method] === undefined ? [] : [{ path, method, operation: methods[method] }])),
  );
  const make = valuesOf(document, values);
  return fc.oneof(...operations.map(({ path, method, operation }) => requestOf(path, method, operation, make)));
}

type Make = (name: string, schema: Schema) => fc.Arbitrary<unknown>;

function requestOf(path: string, method: string, operation: Operation, make: Make): fc.Arbitrary<MadeRequest> {
  const parameters = operation.parameters ?? [];
  const of = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const inPath = fc.record(Object.fromEntries(of('path').map(({ name, schema }) => [name, make(name, schema)])));
  const inQuery = fc.record(Object.fromEntries(of('query').map(({ name, schema }) => [name, make(name, schema)])), {
    requiredKeys: [],
  });
  const unknown = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constantFrom('&x=1', '&%zz', '&a[]=1', '&__proto__=1'));
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const json = make('body', schema ?? {}).map((value) => JSON.stringify(value));
  const broken = fc.oneof(
    fc.string({ maxLength: 30, unit: 'binary' }),
    fc.constantFrom('{"a":', '[', '{"__proto__":{}}', '\uFEFF{}'),
  );
  const body = fc.oneof({ weight: 8, arbitrary: json }, { weight: 1, arbitrary: broken }, fc.constant(undefined));
  const hasBody = method !== 'get' && method !== 'delete';
  return fc
    .tuple(inPath, inQuery, unknown, hasBody ? body : fc.constant(undefined), HEADERS)
    .map(([names, query, extra, text, headers]) => {
      const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => encoded((names as Record<string, unknown>)[name]));
      const search = Object.entries(query).map(([name, value]) => `${name}=${encoded(value)}`);
      const url = `${filled}${search.length > 0 || extra !== '' ? `?${search.join('&')}${extra}` : ''}`;
      return { method: method.toUpperCase(), path: url, headers, ...(text === undefined ? {} : { body: text }) };
    });
}

function encoded(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return encodeURIComponent(text.replace(/[\ud800-\udfff]/g, '?'));
}

/** A value that mostly fits. */
function valuesOf(document: Document, values: Values): Make {
  const fitting = (name: string, schema: Schema, depth: number): fc.Arbitrary<unknown> => {
    const known = values[name];
    if (known !== undefined) return known;
    if (schema.$ref !== undefined)
      return fitting(name, document.components?.schemas?.[schema.$ref.split('/').at(-1)!] ?? {}, depth);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => either(name, each, depth + 1)));
    return fc.oneof(BY_TYPE[schema.type ?? '']?.(name, schema, depth) ?? JUNK);
  };
  const either: Made = (name, schema, depth) =>
    fc.oneof({ weight: 60, arbitrary: fitting(name, schema, depth) }, ...(values[name] === undefined ? [JUNK] : []));
  const BY_TYPE: Record<string, Made> = {
    string: (_name, { pattern }) =>
      pattern === undefined ? fc.string({ maxLength: 12 }) : fc.integer({ min: 0, max: 2000 }).map(String),
    number: () => fc.oneof(fc.integer({ min: -2, max: 4096 }), fc.double({ noNaN: true })),
    integer: () => fc.integer({ min: -2, max: 4096 }),
    boolean: () => fc.boolean(),
    null: () => fc.constant(null),
    array: (name, { items }, depth) => fc.array(either(`${name}[]`, items ?? {}, depth + 1), { maxLength: 2 }),
    object: (_name, { properties = {}, required = [], ...rest }, depth) => {
      const fields = Object.fromEntries(Object.entries(properties).map(([key, field]) => [key, either(key, field, depth + 1)]));
      const free = Object.values(rest.patternProperties ?? {})[0];
      if (free !== undefined) return fc.dictionary(fc.string({ maxLength: 8 }), either('', free, depth + 1), { maxKeys: 2 });
      return depth > 6 ? fc.constant({}) : few(fields, required);
    },
  };
  return (name, schema) => either(name, schema, 0);
}

/** What is required, and of the rest at most three: with all at once hardly any would be right as a whole. */
function few(fields: Record<string, fc.Arbitrary<unknown>>, required: readonly string[]): fc.Arbitrary<unknown> {
  const optional = Object.keys(fields).filter((key) => !required.includes(key));
  return fc
    .tuple(fc.record(fields), fc.subarray(optional, { maxLength: Math.min(3, optional.length) }), fc.integer({ min: 0, max: 30 }))
    .map(([value, chosen, lacking]) => {
      const keys = lacking === 0 ? chosen : [...required, ...chosen];
      return Object.fromEntries(keys.map((key) => [key, (value as Record<string, unknown>)[key]]));
    });
}

type Made = (name: string, schema: Schema, depth: number) => fc.Arbitrary<unknown>;

/** What no client sends: noise, broken heads, bodies that do not end, two requests in one. */
export const GARBAGE: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'BREW', 'CONNECT', ''),
      fc.oneof(fc.webPath(), fc.constantFrom('/v1/containers', '*', '//', '/v1/containers/%', 'http://x/v1/node')),
      fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', ''),
      fc.array(
        fc.constantFrom(
          'Host: x',
          'Content-Length: 5',
          'Content-Length: -1',
          'Content-Length: 99999999999',
          'Transfer-Encoding: chunked',
          'Transfer-Encoding: x',
          'Connection: Upgrade',
          'Upgrade: tsgov-stream',
          'Expect: 100-continue',
          ': x',
          'A',
          `A: ${'b'.repeat(4000)}`,
        ),
        { maxLength: 6 },
      ),
      fc.constantFrom('\r\n', '\n', '\r'),
      fc.oneof(
        fc.constantFrom('', '{}', 'zz\r\n', '0\r\n\r\n', 'ffffffff\r\n', 'GET / HTTP/1.1\r\n'),
        fc.string({ unit: 'binary' }),
      ),
    )
    .map(([method, path, version, headers, end, rest]) =>
      Buffer.from(`${[`${method} ${path} ${version}`, ...headers].join(end)}${end}${end}${rest}`),
    ),
);
