import { AgentError } from '#agent/contract/errors.js';

/** A wrong command line: exit 2, with the command's usage. */
export class UsageError extends AgentError {
  /** What to try instead. */
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super('USAGE', message, { cause: options.cause });
    this.hint = options.hint;
  }
}
