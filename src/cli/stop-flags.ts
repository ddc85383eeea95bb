import type { FlagTable } from './flags/flag.js';

/** The flags of stop and restart. */
export const STOP_FLAGS = {
  signal: { type: 'string', short: 's', value: 'string', help: "The signal, instead of the container's own stop signal" },
  timeout: { type: 'int', short: 't', aliases: ['time'], value: 'int', help: 'Seconds until SIGKILL; -1 to wait for ever' },
} as const satisfies FlagTable;
