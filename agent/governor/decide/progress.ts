import { type LadderState, type Memory, NEW_LADDER } from './memory.js';

/** How far one ladder is, in milliseconds from when it was put down. */
export interface LadderProgress {
  /** `POLICY/RULE`. */
  key: string;
  /** A container, or `''`. */
  holder: string;
  step: number;
  nextInMs: number;
  cooldownInMs: number;
  victim: string | null;
}

/** Ladders that have begun, or must not begin again yet; the rest of what is remembered an agent finds out anew. Pure. */
export function progressOf(memory: Memory, nowMs: number): LadderProgress[] {
  return begun(memory, nowMs).map(({ key, holder, state: { step, nextMs, cooldownMs, victim } }) => ({
    key,
    holder,
    step,
    nextInMs: Math.max(0, nextMs - nowMs),
    cooldownInMs: Math.max(0, cooldownMs - nowMs),
    victim,
  }));
}

/** The same text as long as progressOf would only count down. Pure. */
export function progressMark(memory: Memory, nowMs: number): string {
  const parts = begun(memory, nowMs).map(({ key, holder, state }) => [
    key,
    holder,
    state.step,
    state.nextMs,
    state.cooldownMs,
    state.victim,
  ]);
  return parts.length === 0 ? '' : JSON.stringify(parts);
}

/** What an agent remembers that follows another one, `elapsedMs` after that put it down (negative, the clock was set back: none). Pure. */
export function rememberProgress(
  progress: readonly LadderProgress[],
  { elapsedMs, nowMs }: { elapsedMs: number; nowMs: number },
): Memory['ladders'] {
  const left = (ms: number): number => nowMs + Math.max(0, ms - Math.max(0, elapsedMs));
  const ladders: Memory['ladders'] = {};
  for (const { key, holder, step, nextInMs, cooldownInMs, victim } of progress) {
    const state: LadderState = { ...NEW_LADDER, step, nextMs: left(nextInMs), cooldownMs: left(cooldownInMs), victim };
    ladders[key] = { ...ladders[key], [holder]: state };
  }
  return ladders;
}

function begun(memory: Memory, nowMs: number): { key: string; holder: string; state: LadderState }[] {
  return Object.entries(memory.ladders).flatMap(([key, of]) =>
    Object.entries(of).flatMap(([holder, state]) => (state.step > 0 || state.cooldownMs > nowMs ? [{ key, holder, state }] : [])),
  );
}
