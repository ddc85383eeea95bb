import { RUNTIMES } from '#agent/contract/runtimes.js';
import { defineCommand } from '#src/cli/command.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { formatOf } from '#src/cli/output/documents.js';

const FLAGS = {
  'all-runtimes': { type: 'boolean', help: 'Show the containers of every runtime', default: 'true' },
  ascii: {
    type: 'boolean',
    help: 'Draw with ASCII alone; the default where the locale is not UTF-8, and on the kernel’s own console',
  },
  at: { type: 'string', value: 'time', help: 'Begin at a recorded time: RFC 3339, unix seconds, or how long ago (10m)' },
  batch: { type: 'boolean', help: 'Print, again and again, instead of showing a screen' },
  delay: { type: 'duration', short: 'd', value: 'time', help: 'Time between two looks', default: '1s' },
  format: { type: 'string', value: 'string', help: 'text, or json (prints as --batch does)', default: 'text' },
  iterations: { type: 'int', short: 'n', value: 'int', help: 'End after printing so often' },
  once: { type: 'boolean', help: 'Print once and end' },
  runtime: { type: 'list', value: 'name', help: `Show the containers of these runtimes: ${RUNTIMES.join(' ')}` },
  theme: { type: 'string', value: 'name', help: 'dark, light or mono; the default is the one chosen last, mono with NO_COLOR' },
} as const satisfies FlagTable;

export const TOP = defineCommand({
  usage: '[OPTIONS]',
  description:
    'Shows the node and all its containers, live, and acts on them: freeze, limit, stop, signal and more. `h` lists the keys. See docs/top.md.',
  flags: FLAGS,
  args: { min: 0, max: 0 },
  examples: ['tsgov top', 'tsgov top --once', 'tsgov top --batch --format json --iterations 10', 'tsgov top --at 10m'],
  // The screen is a bundle of its own: no other command loads it.
  run: async (context, flags) => {
    const { top } = await import('#src/top/top.js');
    return top(context, { ...flags, format: formatOf(flags.format, ['text', 'json'], 'text') });
  },
});
