import { TsgovError, type TsgovErrorOptions } from '#native/tsgov-error.js';
import type { Problem } from './errors.js';

/** What the agent answered, or why it did not: `code` and `field` as the agent gave them, `status` the HTTP status (none: no answer). */
export class ClientError extends TsgovError {
  readonly status: number | undefined;

  constructor(code: string, message: string, options: TsgovErrorOptions & { status?: number } = {}) {
    super(code, message, options);
    this.status = options.status;
  }
}

/** The error a problem document stands for; a body that is none (a proxy's page) becomes INTERNAL with its first 200 characters. */
export function errorFromProblem(status: number, body: string): ClientError {
  const problem = parseProblem(body);
  if (problem === undefined)
    return new ClientError('INTERNAL', `the agent answered ${status}: ${body.slice(0, 200).trim() || '(empty)'}`, { status });
  const field = problem.field === undefined ? {} : { field: problem.field };
  return new ClientError(problem.code, problem.detail, { status, ...field });
}

function parseProblem(body: string): Problem | undefined {
  try {
    const value = JSON.parse(body) as Partial<Problem> | null;
    return typeof value?.code === 'string' && typeof value.detail === 'string' ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}
