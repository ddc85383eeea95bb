import type { DriftCause, DriftWriter } from '#agent/contract/drift.js';

export type LimitValue = string | number | boolean;

/** A look at limits in the kernel. */
export interface DriftLook {
  /** Milliseconds that never go back. */
  atMs: number;
  cause: DriftCause;
  /** Who wrote last, by limit, where that is known. */
  writers: ReadonlyMap<string, DriftWriter>;
}

/** Somebody else writes one limit again and again. */
export interface War {
  sinceMs: number;
  /** Times the limit was put back since. */
  drifts: number;
  /** The other value is let stand so long after the last repair. */
  backOffMs: number;
  repairedMs: number;
  writer: DriftWriter | undefined;
}

export interface FieldHistory {
  /** Repairs of the last while. */
  repairsMs: readonly number[];
  war?: War;
}

/** By limit. */
export type DriftHistory = ReadonlyMap<string, FieldHistory>;

export type DriftStep =
  | { kind: 'repair'; field: string; from: LimitValue | undefined; to: LimitValue; writer: DriftWriter | undefined }
  /** It stands otherwise than wanted, and is let stand until then. */
  | { kind: 'postpone'; field: string; untilMs: number }
  | { kind: 'war-begin'; field: string; war: War }
  | { kind: 'war-end'; field: string; war: War };

export interface DriftDecision {
  steps: DriftStep[];
  history: DriftHistory;
  /** When to look again, if nothing is heard before. */
  lookAgainMs: number | undefined;
}

/** More repairs of one limit than this within that time are a tug of war. */
const WAR_REPAIRS = 10;
const WAR_WINDOW_MS = 10_000;
const FIRST_BACK_OFF_MS = 1000;
const LONGEST_BACK_OFF_MS = 30_000;
/** A limit that held so long since its last repair, and longer than the back-off, is at peace. */
const PEACE_MS = 10_000;

/**
 * What to do about limits that somebody else changed. `wanted`: the limits looked at, as the kernel is to say them; `found`: as it does. A
 * limit that is put back more than 10 times in 10 s is in a tug of war: from then on it is put back once a back-off, which doubles from 1 s up to
 * 30 s, and ends when it holds. `history` is of this container, and the answered one is for the next look. Pure.
 */
export function decideDrift(
  look: DriftLook,
  wanted: ReadonlyMap<string, LimitValue>,
  found: ReadonlyMap<string, LimitValue>,
  history: DriftHistory,
): DriftDecision {
  const steps: DriftStep[] = [];
  const next = new Map(history);
  for (const [field, to] of wanted) {
    const known = history.get(field) ?? { repairsMs: [] };
    const from = found.get(field);
    const decided = from === to ? held(look, field, known) : drifted(look, field, known, { from, to });
    steps.push(...decided.steps);
    if (decided.history === undefined) next.delete(field);
    else next.set(field, decided.history);
  }
  return { steps, history: next, lookAgainMs: soonest(look.atMs, next) };
}

/** Limits that nobody enforces any more are forgotten, and with them their wars. Pure. */
export function forgetFields(
  history: DriftHistory,
  enforced: ReadonlySet<string>,
): { steps: DriftStep[]; history: DriftHistory } {
  const steps: DriftStep[] = [];
  const next = new Map<string, FieldHistory>();
  for (const [field, known] of history) {
    if (enforced.has(field)) next.set(field, known);
    else if (known.war !== undefined) steps.push({ kind: 'war-end', field, war: known.war });
  }
  return { steps, history: next };
}

/** Until when a limit is let stand as it is; undefined: it is not. Pure. */
export function postponedUntilMs(history: DriftHistory, field: string): number | undefined {
  const war = history.get(field)?.war;
  return war === undefined ? undefined : war.repairedMs + war.backOffMs;
}

interface Decided {
  steps: DriftStep[];
  history: FieldHistory | undefined;
}

function held(look: DriftLook, field: string, { repairsMs, war }: FieldHistory): Decided {
  const recent = within(repairsMs, look.atMs);
  if (war === undefined) return { steps: [], history: recent.length === 0 ? undefined : { repairsMs: recent } };
  if (look.atMs < peaceMs(war)) return { steps: [], history: { repairsMs: recent, war } };
  return { steps: [{ kind: 'war-end', field, war }], history: undefined };
}

function drifted(
  look: DriftLook,
  field: string,
  { repairsMs, war }: FieldHistory,
  { from, to }: { from: LimitValue | undefined; to: LimitValue },
): Decided {
  const { atMs } = look;
  const writer = look.writers.get(field) ?? war?.writer;
  if (war !== undefined && atMs < war.repairedMs + war.backOffMs)
    return {
      steps: [{ kind: 'postpone', field, untilMs: war.repairedMs + war.backOffMs }],
      history: { repairsMs, war: { ...war, writer } },
    };
  const repair: DriftStep = { kind: 'repair', field, from, to, writer };
  const repairs = [...within(repairsMs, atMs), atMs];
  if (war !== undefined) {
    const backOffMs = Math.min(2 * war.backOffMs, LONGEST_BACK_OFF_MS);
    return {
      steps: [repair],
      history: { repairsMs: repairs, war: { ...war, drifts: war.drifts + 1, backOffMs, repairedMs: atMs, writer } },
    };
  }
  if (repairs.length <= WAR_REPAIRS) return { steps: [repair], history: { repairsMs: repairs } };
  const begun: War = {
    sinceMs: repairs[0] ?? atMs,
    drifts: repairs.length,
    backOffMs: FIRST_BACK_OFF_MS,
    repairedMs: atMs,
    writer,
  };
  return { steps: [repair, { kind: 'war-begin', field, war: begun }], history: { repairsMs: repairs, war: begun } };
}

function within(timesMs: readonly number[], atMs: number): number[] {
  return timesMs.filter((each) => atMs - each < WAR_WINDOW_MS);
}

function peaceMs(war: War): number {
  return war.repairedMs + Math.max(war.backOffMs, PEACE_MS);
}

/** The end of a back-off that is not over, or the time at which a war may be over. */
function soonest(atMs: number, history: DriftHistory): number | undefined {
  const times = [...history.values()].flatMap(({ war }) => {
    if (war === undefined) return [];
    const retryMs = war.repairedMs + war.backOffMs;
    return [retryMs > atMs ? retryMs : peaceMs(war)];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}
