import { RUNTIMES } from '#agent/contract/runtimes.js';
import type { FlagTable } from './flags/flag.js';

/** Whose containers a command is about that lists them. */
export const RUNTIME_FLAGS = {
  'all-runtimes': { type: 'boolean', help: 'Show the containers of every runtime, not only those of tsgov' },
  runtime: { type: 'list', value: 'name', help: `Show the containers of these runtimes: ${RUNTIMES.join(' ')}` },
} as const satisfies FlagTable;

/** The list's filter: tsgov's own, as Docker's users expect, unless told. */
export function whose(flags: { 'all-runtimes'?: boolean | undefined; runtime: readonly string[] }): { runtime?: string[] } {
  if (flags['all-runtimes']) return { runtime: ['all'] };
  return flags.runtime.length === 0 ? {} : { runtime: [...flags.runtime] };
}
