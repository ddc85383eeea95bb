import { TsgovError } from '#native/tsgov-error.js';
import type { TapeOp } from './ops.js';

/** Where in a tape the fault is: which op (none: the tape as a whole), which of its arguments. */
export interface TapeFault {
  readonly index?: number;
  readonly op?: TapeOp;
  readonly arg?: string;
  readonly reason: string;
}

/** A tape that must not be played. Prints `tape op 3 hook.argv (hooks/prestart/0): …`. A compiler's fault, or a config beyond a limit. */
export class TapeError extends TsgovError<'TAPE_INVALID'> {
  readonly opIndex: number | undefined;
  readonly opName: string | undefined;
  readonly arg: string | undefined;
  /** JSON pointer into config.json, where the op has one. */
  readonly origin: string | undefined;

  constructor({ index, op, arg, reason }: TapeFault) {
    super('TAPE_INVALID', `tape${place(index, op, arg)}: ${reason}`, op === undefined ? {} : { field: op.origin });
    this.opIndex = index;
    this.opName = op?.op;
    this.arg = arg;
    this.origin = op?.origin;
  }
}

function place(index: number | undefined, op: TapeOp | undefined, arg: string | undefined): string {
  if (index === undefined || op === undefined) return '';
  return ` op ${index} ${op.op}${arg === undefined ? '' : `.${arg}`} (${op.origin})`;
}
