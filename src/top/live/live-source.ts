import { setTimeout as sleep } from 'node:timers/promises';
import type { TsgovClient } from '#agent/client.js';
import type { ClientError } from '#agent/contract/client-error.js';
import type { EventView } from '#agent/contract/container.js';
import type { UsageView } from '#agent/contract/usage.js';
import { FIGURE_SIGNALS } from '#src/top/figures.js';
import type { DataInput, Interest, TopSource } from '#src/top/source.js';
import { liveRows } from './live-rows.js';

export interface LiveOptions {
  client: TsgovClient;
  /** Whose containers are shown, as the API names runtimes; `all` for everybody's. */
  runtimes: readonly string[];
  intervalMs: number;
  nowMs(): number;
}

/** The agent of now: everything once an interval in one request, and events as they come. An agent that goes is waited for. */
export function liveSource({ client, runtimes, intervalMs, nowMs }: LiveOptions): TopSource {
  const stop = new AbortController();
  let tell: (input: DataInput) => void = () => undefined;
  let interest: Interest = { network: [], paused: false };
  let before: UsageView | undefined;
  let lostSinceMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let asking = false;

  const look = async (): Promise<void> => {
    if (asking || stop.signal.aborted) return;
    asking = true;
    try {
      const network = interest.network === 'all' ? ['all'] : [...interest.network];
      const after = await client.usage({
        runtime: [...runtimes],
        network: network.slice(0, MOST_NETWORKS),
        signals: [...FIGURE_SIGNALS],
      });
      if (stop.signal.aborted) return;
      lostSinceMs = undefined;
      tell({ kind: 'connection', connection: { kind: 'live' } });
      tell({ kind: 'overview', ...liveRows(before, after) });
      before = after;
    } catch (error) {
      if (stop.signal.aborted) return;
      before = undefined;
      lostSinceMs ??= nowMs();
      const { message, code } = error as ClientError;
      const refused = code !== 'AGENT_UNREACHABLE';
      tell({ kind: 'connection', connection: { kind: 'lost', sinceMs: lostSinceMs, reason: message, refused } });
    } finally {
      asking = false;
    }
  };

  const tick = async (): Promise<void> => {
    const startedMs = performance.now();
    if (!interest.paused) await look();
    if (stop.signal.aborted) return;
    timer = setTimeout(() => void tick(), Math.max(MIN_PAUSE_MS, intervalMs - (performance.now() - startedMs)));
  };

  return {
    target: client.target,
    start: (teller) => {
      tell = teller;
      void tick();
      void follow(client, stop.signal, (input) => tell(input));
    },
    want: (wanted) => {
      const resumed = interest.paused && !wanted.paused;
      interest = wanted;
      if (resumed) void look();
    },
    refresh: () => void look(),
    step: () => undefined,
    close: () => {
      stop.abort();
      clearTimeout(timer);
    },
  };
}

/** A slow agent is not asked again at once. */
const MIN_PAUSE_MS = 50;
/** Ids in one request's address. */
const MOST_NETWORKS = 100;
const RETRY_MS = 500;
/** A storm of events is told in lots. */
const GATHER_MS = 50;
/** What happened just before is worth seeing. */
const LOOK_BACK = '10m';

/** Events of the last minutes, then live; taken up again after the last one seen whenever the agent comes back. */
async function follow(client: TsgovClient, signal: AbortSignal, tell: (input: DataInput) => void): Promise<void> {
  let lastId: number | undefined;
  let gathered: EventView[] = [];
  const flush = (): void => {
    const events = gathered;
    gathered = [];
    if (!signal.aborted) tell({ kind: 'events', events });
  };
  while (!signal.aborted) {
    try {
      const from = lastId === undefined ? { since: LOOK_BACK } : { lastEventId: lastId };
      for await (const event of client.events({ ...from, signal })) {
        lastId = event.id;
        if (gathered.push(event) === 1) setTimeout(flush, GATHER_MS);
      }
    } catch {
      // The overview's own request says that and why the agent is gone.
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
