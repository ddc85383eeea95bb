import { exitCodeOf } from '#agent/contract/errors.js';
import type { ExitStyle } from './command.js';
import { flagOfField } from './create/field-flags.js';
import { UsageError } from './flags/usage-error.js';
import { printable } from './output/printable.js';

/** What to try next, where the message alone does not say it. */
const HINTS: Readonly<Record<string, string>> = {
  CONTAINER_NOT_FOUND: "'tsgov ps -a' lists the containers",
  REF_AMBIGUOUS: 'give more of the id, or the name',
  NAME_IN_USE: "remove that one with 'tsgov rm', or choose another --name",
  IMAGE_INVALID: "write host: (this node's own root), rootfs:DIR or bundle:DIR",
  UNAUTHORIZED: 'use the unix socket, or give the token with --token-file or in TSGOV_TOKEN',
  FORBIDDEN: 'use the unix socket: TCP only shows',
  UNSUPPORTED: "'tsgov doctor' says what this host offers",
};

/**
 * What goes to stderr for an error of a command with these flags. A stack only for a fault of tsgov, never for a known error.
 */
export function describeFailure(error: unknown, given?: Readonly<Record<string, unknown>>): string {
  if (!isKnown(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `tsgov: internal error, please report it: ${text}\n`;
  }
  // Further lines are set in: none can pass for one of tsgov's own.
  const lines = [`tsgov: ${error.message.split('\n').map(printable).join('\n  ')}${fieldSuffix(error, given)}`];
  const hint = error instanceof UsageError ? error.hint : HINTS[error.code];
  if (hint !== undefined) lines.push(`  hint: ${hint}`);
  return `${lines.join('\n')}\n`;
}

/** The exit code for an error: Docker's for run, create, start and exec; 2 for a wrong command line; 1 otherwise. */
export function failureExit(error: unknown, style: ExitStyle): number {
  const code = isKnown(error) ? exitCodeOf(error.code) : 125;
  if (code === 2) return 2;
  if (style === 'plain') return 1;
  if (style === 'docker') return code === 126 || code === 127 ? code : 125;
  return code;
}

/** A TsgovError of whatever module: the agent's own classes are not the bundled ones, so their shape decides. */
function isKnown(error: unknown): error is KnownError {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string' && 'field' in error;
}

type KnownError = Error & { code: string; field: string | undefined };

/** ` (field limits.memory.max, flag --memory)`, as far as the message does not name them. */
function fieldSuffix(error: KnownError, given: Readonly<Record<string, unknown>> | undefined): string {
  if (error.field === undefined || error instanceof UsageError) return '';
  const flag = flagOfField(error.field, given);
  const parts = [
    error.message.includes(error.field) ? undefined : `field ${error.field}`,
    flag === undefined ? undefined : `flag --${flag}`,
  ];
  const said = parts.filter((part) => part !== undefined).join(', ');
  return said === '' ? '' : ` (${printable(said)})`;
}
