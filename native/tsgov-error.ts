/** Options every tsgov error takes: `cause` is the error underneath, `field` the JSON path of the input at fault. */
export interface TsgovErrorOptions {
  cause?: unknown;
  /** Dotted path of the input field at fault, e.g. `limits.memory.max`. */
  field?: string;
}

/**
 * The base of every error tsgov raises on purpose. `code` is stable, SCREAMING_SNAKE, listed in docs/errors.md, and mapped
 * once to an exit code and an HTTP status by the layer that owns it (agent/contract/errors.ts). The message says operation, object,
 * value and what to do. Anything thrown that is not a TsgovError is a bug.
 */
export class TsgovError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly field: string | undefined;

  constructor(code: Code, message: string, options: TsgovErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.field = options.field;
  }
}
