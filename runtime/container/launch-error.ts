import { errnoName } from '#native/kernel-error.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { Tape, TapeOp } from '#runtime/tape/ops.js';
import { describeOp } from '#runtime/tape/print.js';
import { NO_OP, type PlayerFailure } from './exit-record.js';

export type LaunchErrorCode = 'COMMAND_NOT_FOUND' | 'COMMAND_NOT_EXECUTABLE' | 'LAUNCH_FAILED';

/**
 * Why a container or an exec never ran. The message reads `mounts[3]: fsopen overlay: EINVAL`. COMMAND_NOT_FOUND and
 * COMMAND_NOT_EXECUTABLE are execve's own refusals (exit codes 127 and 126), everything else is LAUNCH_FAILED (125).
 */
export class LaunchError extends TsgovError<LaunchErrorCode> {
  /** The op that failed; `shim` when it was none of the tape. */
  readonly op: string;
  /** 0 when there is none, e.g. a hook that exits non-zero. */
  readonly errno: number;

  constructor(code: LaunchErrorCode, message: string, op: string, errno: number) {
    super(code, message);
    this.op = op;
    this.errno = errno;
  }
}

/** The error of a failure the shim told about, in the words of the tape it was playing. */
export function launchError(failure: PlayerFailure, tape: Tape | undefined): LaunchError {
  const op = failure.op === NO_OP ? undefined : tape?.ops[failure.op];
  const reason = [failure.errno === 0 ? '' : errnoName(failure.errno), failure.text].filter(Boolean);
  if (op === undefined) {
    const where = failure.op === NO_OP ? 'shim' : `op ${failure.op}`;
    return new LaunchError('LAUNCH_FAILED', `${where}: ${reason.toReversed().join(': ')}${ended(failure)}`, where, failure.errno);
  }
  const what = describe(op);
  // A hook that ran and failed is told as ECANCELED with its wait status.
  const hookEnded = op.op === 'hook' && failure.value !== 0;
  const why = failure.errno === 0 || hookEnded ? waitStatus(failure.value) : errnoName(failure.errno);
  // The player often names the path, which the op already says.
  const detail = what.includes(failure.text) ? '' : ` (${failure.text.trim()})`;
  return new LaunchError(codeOf(op, failure.errno), `${what}: ${why}${detail}`, op.op, failure.errno);
}

/** An op whose errno the tape tolerates, in the same words. */
export function warningText(tape: Tape | undefined, opIndex: number, errno: number): string {
  const op = tape?.ops[opIndex];
  const where = op === undefined ? `op ${opIndex}` : describe(op);
  return `${where}: ${errnoName(errno)}, going on without`;
}

const NOT_FOUND = new Set(['ENOENT', 'ENOTDIR']);
const NOT_EXECUTABLE = new Set(['EACCES', 'ENOEXEC', 'EISDIR']);

function codeOf(op: TapeOp, errno: number): LaunchErrorCode {
  if (op.op !== 'exec') return 'LAUNCH_FAILED';
  if (NOT_FOUND.has(errnoName(errno))) return 'COMMAND_NOT_FOUND';
  return NOT_EXECUTABLE.has(errnoName(errno)) ? 'COMMAND_NOT_EXECUTABLE' : 'LAUNCH_FAILED';
}

function ended(failure: PlayerFailure): string {
  if (failure.errno !== 0 || failure.value === 0) return '';
  return failure.value < 128 ? ` (signal ${failure.value})` : ` (status ${failure.value})`;
}

/** A wait(2) status in words. */
function waitStatus(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exit status ${(status >> 8) & 0xff}` : `killed by signal ${signal}`;
}

/** Where in config.json, and what: `mounts[3]: fsopen overlay`. */
function describe(op: TapeOp): string {
  return op.origin === '' ? describeOp(op) : `${op.origin}: ${describeOp(op)}`;
}
