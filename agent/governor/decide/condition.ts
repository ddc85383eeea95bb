import type { DecideCondition, DecideLeaf } from '#agent/contract/decision.js';
import type { LeafState } from './memory.js';

/** A signal's value in its unit; undefined: there is none. */
export type ValueOf = (signal: string) => number | undefined;

type Holding = Pick<Judged, 'holds' | 'begins'>;

export interface Judged {
  holds: boolean;
  /** It would hold but for the times that its leaves have to hold. */
  begins: boolean;
  leaves: Record<string, LeafState>;
  /** Every signal of the condition that has a value. */
  values: Record<string, number>;
  /** What holds, in words. */
  because: string[];
}

/**
 * Whether a condition holds now, given since when each of its leaves does. A leaf holds once its signal was beyond its bound without a break
 * for its `for`; a signal without a value is a break. Every leaf is looked at, whatever the others say. Pure.
 */
export function judge(
  condition: DecideCondition,
  signal: ValueOf,
  before: Readonly<Record<string, LeafState>>,
  nowMs: number,
): Judged {
  const judged: Judged = { holds: false, begins: false, leaves: {}, values: {}, because: [] };
  const visit = (each: DecideCondition): Holding => {
    if (each.kind === 'signal') return judgeLeaf(each, signal(each.signal), before[each.key], nowMs, judged);
    const results = each.of.map(visit);
    const over = (of: (result: Holding) => boolean): boolean => (each.kind === 'all' ? results.every(of) : results.some(of));
    return { holds: over(({ holds }) => holds), begins: over(({ begins }) => begins) };
  };
  return Object.assign(judged, visit(condition));
}

/** Whether any signal of a condition is beyond its bound: while none is, nothing of it has to be remembered. Pure. */
export function stirs(condition: DecideCondition, signal: ValueOf): boolean {
  if (condition.kind !== 'signal') return condition.of.some((each) => stirs(each, signal));
  const value = signal(condition.signal);
  if (value === undefined) return false;
  return condition.is === 'above' ? value > condition.bound : value < condition.bound;
}

function judgeLeaf(
  leaf: DecideLeaf,
  value: number | undefined,
  before: LeafState | undefined,
  nowMs: number,
  into: Judged,
): Holding {
  if (value === undefined)
    return leaf.within ? keepWithin(leaf, before, nowMs, into) : { holds: leaf.absent, begins: leaf.absent };
  into.values[leaf.signal] = value;
  const bound = before?.held === true ? leaf.until : leaf.bound;
  const beyond = leaf.is === 'above' ? value > bound : value < bound;
  if (!beyond) return leaf.within ? keepWithin(leaf, before, nowMs, into) : NOT;
  const sinceMs = leaf.within ? nowMs : (before?.sinceMs ?? nowMs);
  const held = leaf.within || nowMs - sinceMs >= leaf.forMs;
  into.leaves[leaf.key] = { sinceMs, held };
  if (held) into.because.push(inWords(leaf, value));
  return { holds: held, begins: true };
}

const NOT: Holding = { holds: false, begins: false };

/** At some moment of the last so many milliseconds. */
function keepWithin(leaf: DecideLeaf, before: LeafState | undefined, nowMs: number, into: Judged): Holding {
  if (before === undefined || nowMs - before.sinceMs > leaf.forMs) return NOT;
  into.leaves[leaf.key] = { sinceMs: before.sinceMs, held: false };
  return { holds: true, begins: true };
}

function inWords({ signal, is, bound, forMs, within }: DecideLeaf, value: number): string {
  const lasting = forMs === 0 || within ? '' : ` for ${seconds(forMs)}`;
  return `${signal} is ${rounded(value)} (${is} ${rounded(bound)}${lasting})`;
}

/** `10 s`. */
export function seconds(ms: number): string {
  return `${rounded(ms / 1000)} s`;
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
