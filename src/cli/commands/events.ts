import type { KeptEventsInput, TsgovClient } from '#agent/client.js';
import type { EventPage, EventView } from '#agent/contract/container.js';
import { longTimer } from '#agent/contract/long-timer.js';
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

/** What happened just before --until is given this long to arrive. */
const ARRIVAL_MS = 300;
const PAGE = 1000;

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
    const over = until !== undefined && until <= context.now();
    const cancel = over ? undefined : deadline(until, context, stop);
    const asked = { ...input, ...defined({ since }) };
    for await (const event of over ? keptEvents(client, asked) : client.events({ ...asked, signal: stop.signal })) {
      if (stop.signal.aborted || (until !== undefined && Date.parse(event.time) > until)) break;
      if (!matches(event)) continue;
      context.stdout.write(await line(event, format));
      await context.stdout.flushed();
    }
    cancel?.();
    return 0;
  },
});

/** With --until in the past: what the agent has, page by page; without a --since nothing, as events are from now on. */
async function* keptEvents(client: TsgovClient, asked: KeptEventsInput): AsyncGenerator<EventView> {
  let next: string | null = asked.since === undefined ? null : '0';
  while (next !== null) {
    const page: EventPage = await client.keptEvents({ ...asked, lastEventId: next, limit: PAGE });
    yield* page.events;
    next = page.next;
  }
}

function deadline(until: number | undefined, context: Context, stop: AbortController): (() => void) | undefined {
  return until === undefined ? undefined : longTimer(until - context.now() + ARRIVAL_MS, () => stop.abort());
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
