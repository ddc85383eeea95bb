import type { FastifyRequest } from 'fastify';
import { AgentError } from '#agent/contract/errors.js';
import type { ApiApp } from './context.js';

export const EVENT_STREAM = 'text/event-stream';
export const NDJSON = 'application/x-ndjson';
const JSON_TYPE = 'application/json';

/**
 * Refuses what would be misunderstood: an answer of a type the client does not take (NOT_ACCEPTABLE), a body of a type, charset or encoding
 * that is not read (MEDIA_TYPE_UNSUPPORTED). A route's types are its schema's `produces`, else JSON.
 */
export function checkMediaTypes(app: ApiApp): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { url, schema } = request.routeOptions;
    if (url === undefined) return done();
    const offered = (schema as { produces?: readonly string[] } | undefined)?.produces ?? [JSON_TYPE];
    const { accept } = request.headers;
    if (preferredType(accept, offered) === undefined)
      return done(notAcceptable(request.method, url, offered, accept as string) as unknown as Error);
    done(hasBody(request) ? bodyError(request.headers) : undefined);
  });
}

/**
 * The first of the offered types with the highest weight in an Accept header; undefined when none is taken. Parameters other than `q` do not
 * count: `text/plain; version=0.0.4` takes text/plain. Source: RFC 9110 12.5.1.
 */
export function preferredType(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').map(parseRange);
  let best: string | undefined;
  let bestWeight = 0;
  for (const type of offered) {
    const weight = weightOf(type, ranges);
    if (weight <= bestWeight) continue;
    best = type;
    bestWeight = weight;
  }
  return best;
}

interface Range {
  type: string;
  weight: number;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = q === undefined ? 1 : Number(q.slice(2));
  return { type, weight: weight >= 0 && weight <= 1 ? weight : 1 };
}

/** The most specific range that fits decides. */
function weightOf(type: string, ranges: readonly Range[]): number {
  for (const form of [type, `${type.split('/', 1)[0]}/*`, '*/*']) {
    const fitting = ranges.filter((range) => range.type === form);
    if (fitting.length > 0) return Math.max(...fitting.map(({ weight }) => weight));
  }
  return 0;
}

function notAcceptable(method: string, url: string, offered: readonly string[], accept: string): AgentError {
  const message = `${method} ${url} answers ${offered.join(' or ')}, not ${accept.slice(0, 100)}`;
  return new AgentError('NOT_ACCEPTABLE', message, { field: 'Accept' });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** What curl -d and other careless clients call JSON or YAML counts as it. */
const READ_TYPES =
  /^(application\/(json|yaml|x-yaml|octet-stream|x-www-form-urlencoded|[\w.-]+\+(json|yaml))|text\/(plain|yaml|x-yaml|json))$/;
const READ_CHARSETS = new Set(['utf-8', 'utf8', 'us-ascii']);

function bodyError(headers: FastifyRequest['headers']): AgentError | undefined {
  const refuse = (field: string, value: string, valid: string) =>
    new AgentError('MEDIA_TYPE_UNSUPPORTED', `${field} must be ${valid}, not ${JSON.stringify(value.slice(0, 100))}`, { field });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refuse('Content-Encoding', encoding, 'identity');
  const text = headers['content-type'];
  if (text === undefined) return undefined;
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (!READ_TYPES.test(type)) return refuse('Content-Type', text, 'application/json, or application/yaml for policies');
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  return charset === undefined || READ_CHARSETS.has(charset) ? undefined : refuse('Content-Type', text, 'in UTF-8');
}
