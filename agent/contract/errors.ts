import { TsgovError, type TsgovErrorOptions } from '#native/tsgov-error.js';

interface CodeEntry {
  /** HTTP status of the API. */
  http: number;
  /** Exit code of the command line. */
  exit: number;
  title: string;
}

/** Every error code tsgov shows to anyone, mapped once; docs/errors.md is generated from it. Exit codes are Docker's. */
export const ERROR_CODES = {
  BODY_INVALID: { http: 400, exit: 125, title: 'A field of the request is wrong' },
  LIMIT_INVALID: { http: 400, exit: 125, title: 'A limit is out of range or malformed' },
  DEVICE_UNKNOWN: { http: 400, exit: 125, title: 'No such block device' },
  SPEC_INVALID: { http: 400, exit: 125, title: 'The OCI config.json is wrong' },
  SPEC_UNSUPPORTED: { http: 400, exit: 125, title: 'The OCI config.json asks for something tsgov does not do' },
  TAPE_INVALID: { http: 400, exit: 125, title: 'The container does not fit into a launch tape' },
  IMAGE_INVALID: { http: 400, exit: 125, title: 'Not an image tsgov can run' },
  USAGE: { http: 400, exit: 2, title: 'Wrong command line' },
  UNAUTHORIZED: { http: 401, exit: 1, title: 'A token is needed' },
  FORBIDDEN: { http: 403, exit: 1, title: 'Not allowed over this connection' },
  NOT_FOUND: { http: 404, exit: 1, title: 'No such route or object' },
  CONTAINER_NOT_FOUND: { http: 404, exit: 1, title: 'No such container' },
  REF_AMBIGUOUS: { http: 409, exit: 1, title: 'More than one container is called so, or has an id that starts so' },
  NOT_OURS: { http: 409, exit: 1, title: 'The container is another runtime’s, whose own command does this' },
  CGROUP_PATH_INVALID: { http: 400, exit: 125, title: 'Not a path a cgroup may have' },
  CGROUP_EXISTS: { http: 409, exit: 125, title: 'There is such a cgroup already' },
  CGROUP_BUSY: { http: 409, exit: 1, title: 'Something still runs in the cgroup' },
  CGROUP_FAILED: { http: 500, exit: 125, title: 'The kernel refused to make or remove a cgroup' },
  POLICY_INVALID: { http: 400, exit: 125, title: 'The policy file is wrong; nothing was changed' },
  POLICY_NOT_FOUND: { http: 404, exit: 1, title: 'No such policy' },
  POLICY_IN_FILE: { http: 409, exit: 1, title: 'The policy is in a file of policies.d, which is the place to change it' },
  NAME_IN_USE: { http: 409, exit: 125, title: 'A container of that name exists' },
  METHOD_NOT_ALLOWED: { http: 405, exit: 1, title: 'The route does not take this method' },
  NOT_ACCEPTABLE: { http: 406, exit: 1, title: 'The route has no answer of a type the client takes' },
  STATE_CONFLICT: { http: 409, exit: 1, title: 'The container is not in a state for this' },
  BODY_TOO_LARGE: { http: 413, exit: 125, title: 'The request is larger than the agent takes' },
  MEDIA_TYPE_UNSUPPORTED: { http: 415, exit: 125, title: 'The body is of a type, charset or encoding that is not read' },
  COMMAND_NOT_FOUND: { http: 422, exit: 127, title: 'The command does not exist in the container' },
  COMMAND_NOT_EXECUTABLE: { http: 422, exit: 126, title: 'The command cannot be executed' },
  LAUNCH_FAILED: { http: 422, exit: 125, title: 'The container could not be set up' },
  LIMIT_REFUSED: { http: 422, exit: 125, title: 'The kernel refused a limit; nothing was changed' },
  UNSUPPORTED: { http: 422, exit: 125, title: 'This host cannot do that' },
  OUTPUT_TOO_LARGE: { http: 422, exit: 125, title: 'The command wrote more than fits in one answer' },
  TOO_MANY_REQUESTS: { http: 429, exit: 1, title: 'Too many requests from this address' },
  CANCELLED: { http: 499, exit: 1, title: 'The client gave up' },
  INTERNAL: { http: 500, exit: 125, title: 'A fault of tsgov' },
  KERNEL: { http: 500, exit: 125, title: 'The kernel refused an operation' },
  CONFIG_INVALID: { http: 500, exit: 125, title: 'A setting of the agent is wrong' },
  LISTEN_FAILED: { http: 500, exit: 125, title: 'The agent cannot listen there' },
  DEADLINE: { http: 504, exit: 1, title: 'Not done in time' },
  AGENT_UNREACHABLE: { http: 503, exit: 125, title: 'No agent answers' },
  AGENT_RUNNING: { http: 409, exit: 125, title: 'Another agent has this root' },
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error with a code of the table above. */
export class AgentError extends TsgovError<ErrorCode> {
  constructor(code: ErrorCode, message: string, options: TsgovErrorOptions = {}) {
    super(code, message, options);
  }
}

/** RFC 9457 problem document of the API; `code` is stable, `field` names the part of the request at fault. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  field?: string;
}

/** The problem document of any error: a TsgovError keeps its code, everything else is INTERNAL. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof TsgovError && error.code in ERROR_CODES;
  const code: ErrorCode = known ? (error.code as ErrorCode) : 'INTERNAL';
  const entry = ERROR_CODES[code];
  const problem: Problem = {
    type: `https://tsgov.dev/errors#${code.toLowerCase().replaceAll('_', '-')}`,
    title: entry.title,
    status: entry.http,
    detail: error instanceof Error ? error.message : String(error),
    code,
  };
  if (known && error.field !== undefined) problem.field = error.field;
  return problem;
}

/** The command line's exit code for an error code; codes of a newer agent exit 1. */
export function exitCodeOf(code: string): number {
  return code in ERROR_CODES ? ERROR_CODES[code as ErrorCode].exit : 1;
}
