import type { LimitValues, Undoable } from '#agent/contract/decision.js';

/**
 * What deciding remembers from one tick to the next: plain JSON. Its times are a snapshot's monotonic milliseconds, so it means something to
 * one agent only; a new one starts from what is on disk (./progress.ts, and rememberLeft in ./decide.ts).
 */
export interface Memory {
  /** Ladders by `POLICY/RULE`, then by container (`''`: a rule of node scope). Ladders at rest are left out. */
  ladders: Record<string, Record<string, LadderState>>;
  /** The same of senpai rules. */
  senpai: Record<string, Record<string, SenpaiState>>;
  /** Moving averages of memory in use, for ranking by growth. */
  averageBytes: Record<string, number>;
}

export interface LadderState {
  /** Leaves of the condition that hold now, by key. */
  leaves: Record<string, LeafState>;
  /** Since when the condition is gone; null: it holds, or has begun to. */
  goneMs: number | null;
  /** The step that comes next. */
  step: number;
  /** Not before this. */
  nextMs: number;
  /** The first step not before this. */
  cooldownMs: number;
  /** Node scope: who the ladder is for. */
  victim: string | null;
  /** What has been done and goes back, oldest first. */
  undo: PendingUndo[];
}

export interface LeafState {
  sinceMs: number;
  /** It has held for its `for`. */
  held: boolean;
}

export interface PendingUndo {
  of: Undoable;
  fields: string[];
  /** What they were set to; absent: an earlier agent did it. */
  limits?: LimitValues;
  /** At this time at the latest; null: when the condition is gone. */
  atMs: number | null;
  observed: boolean;
  container: string;
  name: string;
}

export interface SenpaiState {
  /** memory.high as it is probed. */
  limitBytes: number;
  /** What it was before, which a snapshot may still show. */
  previousBytes: number;
  /** What was last told of it. */
  toldBytes: number;
  /** `total` of memory.pressure at the last adjustment. */
  totalUsec: number;
  adjustedMs: number;
  undo: PendingUndo[];
}

/** What deciding remembers when it has seen nothing. */
export const NO_MEMORY: Memory = { ladders: {}, senpai: {}, averageBytes: {} };

export const NEW_LADDER: LadderState = { leaves: {}, goneMs: null, step: 0, nextMs: 0, cooldownMs: 0, victim: null, undo: [] };

/** The step of a ladder of which nobody knows how far an earlier agent went: it begins again after its cooldown. */
export const UNKNOWN_STEP = Number.MAX_SAFE_INTEGER;

/** Whether a ladder has nothing to remember. */
export function atRest(state: LadderState, nowMs: number): boolean {
  return state.step === 0 && state.undo.length === 0 && state.cooldownMs <= nowMs && Object.keys(state.leaves).length === 0;
}
