import { STATUS_CODES } from 'node:http';
import { ERROR_CODES } from '#agent/contract/errors.js';
import { PROBLEM_TYPE } from './problems.js';

interface Response {
  description: string;
  content?: Record<string, { schema: object }>;
}
interface Operation {
  operationId?: string;
  tags?: string[];
  responses?: Record<string, Response>;
}
export interface OpenapiObject {
  components?: { schemas?: Record<string, object>; securitySchemes?: Record<string, object> };
  paths?: Record<string, Record<string, Operation>>;
  [key: string]: unknown;
}

const PROBLEM = {
  type: 'object',
  description: 'RFC 9457. `code` is stable; `field` names the part of the request at fault.',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    field: { type: 'string' },
    instance: { type: 'string', description: 'What was made before it failed.' },
  },
};
const REFUSAL: Response = {
  description: 'A problem',
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** What holds for every operation: its name and group, how it is refused, who may ask. */
export function finishDocument(document: OpenapiObject): OpenapiObject {
  const { schemas, ...components } = document.components ?? {};
  return {
    ...document,
    // The unix socket asks for none; see docs/remote.md for TCP.
    security: [{}, { token: [] }],
    components: {
      ...components,
      schemas: { ...schemas, Problem: PROBLEM },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    paths: Object.fromEntries(Object.entries(document.paths ?? {}).map(([path, methods]) => [path, operations(path, methods)])),
  };
}

function operations(path: string, methods: Record<string, Operation>): Record<string, Operation> {
  return Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, finished(path, method, operation)]));
}

function finished(path: string, method: string, operation: Operation): Operation {
  const words = path.split('/').filter((word) => word !== '' && word !== 'v1');
  const answers = Object.entries(operation.responses ?? {}).map(([status, response]) => [status, described(status, response)]);
  return {
    operationId: [method, ...words].join('-').replace(/[{}]/g, '').replaceAll('.', '-'),
    tags: [path.startsWith('/v1/') ? (words[0] ?? '') : 'agent'],
    ...operation,
    responses: { ...Object.fromEntries(answers), default: REFUSAL },
  };
}

/** What is not JSON is text, whatever JSON the same route can answer. */
function described(status: string, response: Response): Response {
  const { content, description } = response;
  const words = description === 'Default Response' ? (STATUS_CODES[status] ?? description) : description;
  if (content === undefined) return { ...response, description: words };
  const typed = Object.entries(content).map(([type, { schema }]) => [
    type,
    { schema: type === 'application/json' ? schema : { type: 'string' } },
  ]);
  return { description: words, content: Object.fromEntries(typed) };
}
