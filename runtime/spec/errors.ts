import { TsgovError } from '#native/tsgov-error.js';

/** A config.json that is wrong (SPEC_INVALID) or asks for what tsgov does not do (SPEC_UNSUPPORTED). `field` is its path there. */
export class SpecError extends TsgovError<'SPEC_INVALID' | 'SPEC_UNSUPPORTED'> {}

/** A container config (create body, command line) that is wrong; `field` is the body's own word. */
export class ConfigError extends TsgovError<'BODY_INVALID' | 'IMAGE_INVALID'> {}

/** The error of a config.json field that is wrong: `process.cwd: must be absolute`. */
export function specInvalid(field: string, reason: string): SpecError {
  return new SpecError('SPEC_INVALID', `${field}: ${reason}`, { field });
}

/** The error of a config.json field that tsgov, or this host, cannot do. */
export function specUnsupported(field: string, reason: string): SpecError {
  return new SpecError('SPEC_UNSUPPORTED', `${field}: ${reason}`, { field });
}

/** The error of a container config's field. */
export function configInvalid(field: string, reason: string): ConfigError {
  return new ConfigError('BODY_INVALID', `${field}: ${reason}`, { field });
}
