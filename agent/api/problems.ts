import type { FastifyReply } from 'fastify';
import { AgentError, type Problem, toProblem } from '#agent/contract/errors.js';
import { TsgovError } from '#native/tsgov-error.js';
import { describeSchemaErrors, type SchemaError } from './validation-message.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** Answers with the problem document of `error`; `instance` names what was made before it failed. */
export function sendProblem(reply: FastifyReply, error: unknown): FastifyReply {
  const problem = problemOf(error);
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(JSON.stringify).send(problem);
}

/** The problem document of anything a handler or fastify throws. */
export function problemOf(error: unknown): Problem {
  return toProblem(asAgentError(error));
}

/** A fault of ours: neither an error with a code nor one of the request. */
export function isFault(error: unknown): boolean {
  return !(asAgentError(error) instanceof TsgovError);
}

const URL_ERRORS = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

interface HttpError extends Error {
  code?: string;
  statusCode?: number;
  validation?: SchemaError[];
  validationContext?: string;
}

function asAgentError(error: unknown): unknown {
  if (error instanceof TsgovError || !(error instanceof Error)) return error;
  const http = error as HttpError;
  if (http.validation !== undefined) {
    const { field, message } = describeSchemaErrors(http.validation, http.validationContext ?? 'body');
    return new AgentError('BODY_INVALID', message, { field });
  }
  if (http.code === 'FST_ERR_CTP_BODY_TOO_LARGE' || http.statusCode === 413)
    return new AgentError('BODY_TOO_LARGE', 'the body is larger than 1 MiB');
  if (URL_ERRORS.has(http.code ?? ''))
    return new AgentError('BODY_INVALID', 'the path of the URL is malformed, or a part of it is too long', { field: 'url' });
  if (http.statusCode !== undefined && http.statusCode >= 400 && http.statusCode < 500)
    return new AgentError('BODY_INVALID', http.message, { field: 'body' });
  if (http.name === 'AbortError') return new AgentError('CANCELLED', 'the client gave up', { cause: error });
  return error;
}
