import { TsgovError, type TsgovErrorOptions } from '#native/tsgov-error.js';

/** A limit that cannot be right on this host, found before anything was written. `field` is e.g. `limits.memory.max`. */
export class LimitError extends TsgovError<'LIMIT_INVALID'> {
  readonly reason: string;
  /** What this host would take, in words. */
  readonly valid: string;

  constructor(field: string, reason: string, valid: string) {
    super('LIMIT_INVALID', `limits.${field}: ${reason}`, { field: `limits.${field}` });
    this.reason = reason;
    this.valid = valid;
  }
}

/** The kernel refused a limit; what was written before it has been put back (`notRestored` names what could not be). */
export class LimitRefusedError extends TsgovError<'LIMIT_REFUSED'> {
  readonly notRestored: readonly string[];

  constructor(field: string, cause: Error, notRestored: readonly string[]) {
    const left = notRestored.length === 0 ? '' : `; could not put back ${notRestored.join(', ')}`;
    super('LIMIT_REFUSED', `limits.${field}: ${cause.message}${left}`, { field: `limits.${field}`, cause });
    this.notRestored = notRestored;
  }
}

/** The kernel was not done with a limit in time, and was made to give it up; all that was written has been put back, as above. */
export class LimitDeadlineError extends TsgovError<'DEADLINE'> {
  readonly notRestored: readonly string[];

  constructor(field: string, what: string, notRestored: readonly string[]) {
    const left = notRestored.length === 0 ? 'what was in force before is back' : `could not put back ${notRestored.join(', ')}`;
    super('DEADLINE', `limits.${field}: ${what}; ${left}`, { field: `limits.${field}` });
    this.notRestored = notRestored;
  }
}

/**
 * CGROUP_PATH_INVALID: not a path a cgroup may have · CGROUP_EXISTS: createCgroup found one · CGROUP_BUSY: processes in it that did
 * not go away in time · CGROUP_FAILED: the kernel refused to make or remove it · UNSUPPORTED: this host cannot do it ·
 * STATE_CONFLICT: frozen from above · DEADLINE: did not freeze in time · DEVICE_UNKNOWN: no such disk.
 */
export type CgroupErrorCode =
  | 'CGROUP_PATH_INVALID'
  | 'CGROUP_EXISTS'
  | 'CGROUP_BUSY'
  | 'CGROUP_FAILED'
  | 'UNSUPPORTED'
  | 'STATE_CONFLICT'
  | 'DEADLINE'
  | 'DEVICE_UNKNOWN';

/** Anything else that goes wrong with a cgroup; the code says what. */
export class CgroupError extends TsgovError<CgroupErrorCode> {
  constructor(code: CgroupErrorCode, message: string, options: TsgovErrorOptions = {}) {
    super(code, message, options);
    this.name = 'CgroupError';
  }
}
