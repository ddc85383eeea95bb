import type { TsgovClient } from '#agent/client.js';
import type { EventView } from '#agent/contract/container.js';
import { detailSource } from '#src/top/live/detail-source.js';
import type { DataInput, Interest, TopSource } from '#src/top/source.js';
import { MOST_EVENTS } from '#src/top/state.js';
import { journalEvents } from './journal-events.js';
import { momentRows } from './moment-rows.js';

export interface TravelOptions {
  client: TsgovClient;
  /** Now. */
  live: TopSource;
  /** Where it begins, milliseconds since the epoch; undefined: now. */
  atMs: number | undefined;
  nowMs(): number;
}

/** One step of `<` and `>`, and one of `{` and `}`. */
export const STEP_MS = 10_000;
export const FAR_STEP_MS = 300_000;
const JOURNAL_ROWS = 200;

/**
 * The agent of now, and the same node as it was recorded: a step back leaves now, and a step forward beyond what is recorded comes back to it. In
 * recorded time the live source is not asked. Details of the container looked at are of the time that is shown.
 */
export function travellingSource({ client, live, atMs: beginMs, nowMs }: TravelOptions): TopSource {
  let tell: (input: DataInput) => void = () => undefined;
  let interest: Interest = { network: [], paused: false };
  /** The moment wanted; undefined: now. */
  let wantedMs = beginMs;
  let shown: { atMs: number; nextMs: number | undefined } | undefined;
  let hostname: string | undefined;
  let asking = false;
  let closed = false;
  let events: readonly EventView[] = [];
  const details = detailSource({ client, nowMs }, (input) => tell(input));

  const wantDetails = (): void => {
    if (wantedMs === undefined) details.want(interest.paused ? undefined : interest.container);
    else if (shown !== undefined) details.want(interest.container, shown.atMs);
  };
  const goOn = async (): Promise<void> => {
    if (asking || closed) return;
    asking = true;
    // Keys come faster than answers: the last one counts.
    for (let atMs = wantedMs; atMs !== undefined && atMs !== shown?.atMs && !closed; atMs = wantedMs) {
      if (!(await show(atMs))) break;
    }
    asking = false;
    wantDetails();
  };
  /** Whether it could be. */
  const show = async (atMs: number): Promise<boolean> => {
    try {
      const until = new Date(atMs + 1).toISOString();
      hostname ??= (await client.node()).hostname;
      const [moment, acts, deaths] = await Promise.all([
        client.moment(new Date(atMs).toISOString()),
        client.journal({ until, limit: JOURNAL_ROWS }),
        client.deaths({ until, limit: JOURNAL_ROWS }),
      ]);
      if (closed || wantedMs === undefined) return false;
      const overview = momentRows(moment, hostname, deaths);
      shown = { atMs: overview.atMs, nextMs: moment.next === null ? undefined : Date.parse(moment.next) };
      if (wantedMs === atMs) wantedMs = shown.atMs;
      tell({ kind: 'connection', connection: { kind: 'recorded', atMs: shown.atMs, first: moment.previous === null } });
      tell({ kind: 'overview', ...overview });
      tell({ kind: 'events', events: journalEvents(acts.entries, deaths.deaths), replace: true });
      return true;
    } catch (error) {
      if (closed) return false;
      // Nothing was recorded yet.
      if ((error as { code?: string }).code === 'NOT_FOUND') toNow();
      else tell({ kind: 'connection', connection: { kind: 'lost', sinceMs: nowMs(), reason: (error as Error).message } });
      return false;
    }
  };
  const toNow = (): void => {
    wantedMs = undefined;
    shown = undefined;
    tell({ kind: 'connection', connection: { kind: 'connecting' } });
    tell({ kind: 'events', events, replace: true });
    live.want(interest);
    live.refresh();
    wantDetails();
  };

  return {
    target: live.target,
    start: (teller) => {
      tell = teller;
      if (wantedMs !== undefined) live.want({ ...interest, paused: true });
      live.start((input) => {
        // What happens meanwhile is told afterwards.
        if (input.kind === 'events') events = [...events, ...input.events].slice(-MOST_EVENTS);
        if (wantedMs === undefined) tell(input);
      });
      void goOn();
    },
    want: (wanted) => {
      interest = wanted;
      live.want(wantedMs === undefined ? wanted : { ...wanted, paused: true });
      wantDetails();
    },
    refresh: () => {
      if (wantedMs === undefined) live.refresh();
    },
    step: (direction, far) => {
      if (wantedMs === undefined && direction === 1) return;
      const fromMs = wantedMs ?? nowMs();
      const stepMs = fromMs + direction * (far ? FAR_STEP_MS : STEP_MS);
      // Forward over a time without an agent.
      const toMs = direction === 1 && fromMs === shown?.atMs ? Math.max(stepMs, shown.nextMs ?? stepMs) : stepMs;
      if (toMs > nowMs() - STEP_MS / 2) return toNow();
      if (wantedMs === undefined) live.want({ ...interest, paused: true });
      wantedMs = toMs;
      void goOn();
    },
    close: () => {
      closed = true;
      details.close();
      live.close();
    },
  };
}
