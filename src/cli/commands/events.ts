import type { EventView } from '#agent/contract/container.js';
import { type Context, defineCommand } from '#src/cli/command.js';
import { defined } from '#src/cli/defined.js';
import { filterEvents } from '#src/cli/events-filter.js';
import type { FlagTable } from '#src/cli/flags/flag.js';
import { timeOf } from '#src/cli/flags/time-of.js';
import { document, formatOf } from '#src/cli/output/documents.js';
import { printable } from '#src/cli/output/printable.js';

const FLAGS = {
  filter: { type: 'list', short: 'f', value: 'filter', help: 'KEY=VALUE; keys: container event image type' },
  format: { type: 'string', value: 'string', help: 'text, json or yaml', default: 'text' },
  since: { type: 'string', value: 'string', help: 'From this time on: RFC 3339, unix seconds, or how long ago (10m)' },
  until: { type: 'string', value: 'string', help: 'Up to this time, written as for --since' },
} as const satisfies FlagTable;

/** With --until in the past: the events the agent still has are over when none came for this long. */
const REPLAY_QUIET_MS = 300;

export const EVENTS = defineCommand({
  usage: '[OPTIONS]',
  description: 'Shows what happens to containers, live. json prints an event a line.',
  flags: FLAGS,
  args: { min: 0, max: 0 },
  run: async (context, flags) => {
    const format = formatOf(flags.format, ['text', 'json', 'yaml'], 'text');
    const { input, matches } = filterEvents(flags.filter);
    const now = context.now();
    const stop = new AbortController();
    context.stdout.once('gone', () => stop.abort());
    const since = flags.since === undefined ? undefined : timeOf('since', flags.since, now);
    const until = flags.until === undefined ? undefined : Date.parse(timeOf('until', flags.until, now));
    const client = await context.client();
    const timer = deadline(until, context, stop);
    for await (const event of client.events({ ...input, ...defined({ since }), signal: stop.signal })) {
      if (until !== undefined && Date.parse(event.time) > until) break;
      timer?.refresh();
      if (!matches(event)) continue;
      context.stdout.write(await line(event, format));
      await context.stdout.flushed();
    }
    clearTimeout(timer);
    return 0;
  },
});

function deadline(until: number | undefined, context: Context, stop: AbortController): NodeJS.Timeout | undefined {
  if (until === undefined) return undefined;
  const left = until - context.now();
  return setTimeout(() => stop.abort(), Math.max(left, REPLAY_QUIET_MS));
}

async function line(event: EventView, format: 'text' | 'json' | 'yaml'): Promise<string> {
  if (format === 'json') return `${JSON.stringify(event)}\n`;
  if (format === 'yaml') return `---\n${await document(event, 'yaml')}`;
  const { container } = event;
  const about = container === undefined ? [] : [`image=${container.image}`, `name=${container.name}`];
  const attributes = [...about, ...Object.entries(event.attributes).map(([key, value]) => `${key}=${value}`)];
  const subject = container === undefined ? 'node' : 'container';
  const id = container === undefined ? '' : ` ${container.id}`;
  const detail = attributes.length === 0 ? '' : ` (${attributes.join(', ')})`;
  return `${printable(`${event.time} ${subject} ${event.type}${id}${detail}`)}\n`;
}
