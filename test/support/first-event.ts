import { connect } from '#agent/client.js';
import type { EventView } from '#agent/contract/container.js';
import type { LiveAgent } from './live-agent.js';

/** The first event of a type that comes of `act`; an error when none comes within a minute. */
export async function firstEvent(agent: LiveAgent, type: string, act: () => void | Promise<void>): Promise<EventView> {
  const client = connect({ host: agent.socket });
  const since = new Date().toISOString();
  await act();
  try {
    for await (const event of client.events({ since, signal: AbortSignal.timeout(60_000) }))
      if (event.type === type) return event;
    throw new Error(`no event ${type} came`);
  } finally {
    client.close();
  }
}
