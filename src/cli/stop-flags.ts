import type { FlagTable } from './flags/flag.js';

/** The flags of stop and restart. */
export const STOP_FLAGS = {
  signal: { type: 'string', short: 's', value: 'string', help: "The signal, instead of the container's own stop signal" },
  timeout: {
    type: 'timeout',
    short: 't',
    aliases: ['time'],
    value: 'int',
    help: 'Seconds (or 500ms, 1m) until SIGKILL; -1 to wait for ever',
  },
} as const satisfies FlagTable;
