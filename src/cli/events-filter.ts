import type { EventView } from '#agent/contract/container.js';
import { UsageError } from './flags/usage-error.js';

const KEYS = ['container', 'event', 'type', 'image'];

/**
 * Reads `--filter KEY=VALUE` flags of events. Containers and event types are chosen by the agent (`input`), the rest here
 * (`matches`). Values of one key are alternatives, keys must all match. Docker's `type=container` is accepted.
 */
export function filterEvents(filters: readonly string[]): {
  input: { container?: string[]; type?: string[] };
  matches(event: EventView): boolean;
} {
  const values: Record<string, string[]> = {};
  for (const filter of filters) {
    const equals = filter.indexOf('=');
    const key = filter.slice(0, Math.max(0, equals));
    if (!KEYS.includes(key))
      throw new UsageError(`invalid filter ${JSON.stringify(filter)}: want KEY=VALUE, KEY one of ${KEYS.join(' ')}`);
    values[key] = [...(values[key] ?? []), filter.slice(equals + 1)];
  }
  const { container, event, image, type } = values;
  const subjects = type === undefined ? undefined : new Set(type);
  return {
    input: { ...(container === undefined ? {} : { container }), ...(event === undefined ? {} : { type: event.map(asOurs) }) },
    matches: (each) =>
      (image === undefined || image.includes(each.container?.image ?? '')) &&
      (subjects === undefined || subjects.has(each.container === undefined ? 'node' : 'container')),
  };
}

const OURS = new Map([
  ['pause', 'freeze'],
  ['unpause', 'thaw'],
  ['update', 'limit'],
]);

/** The agent's word for an event that Docker calls otherwise. */
function asOurs(type: string): string {
  return OURS.get(type) ?? type;
}
