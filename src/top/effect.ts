import type { LimitsInput } from '#agent/contract/limits.js';
import type { Settings } from './settings.js';

/** Something asked of the agent. What comes back is an `acted` input with the same `act`. */
export type Call =
  | { readonly call: 'freeze' | 'thaw' | 'stop' | 'restart' | 'start'; readonly ref: string }
  | { readonly call: 'remove'; readonly ref: string; readonly force: boolean }
  | { readonly call: 'kill'; readonly ref: string; readonly signal: string }
  /** Answers LimitsView. */
  | { readonly call: 'limits'; readonly ref: string }
  /** What changing limits would write; nothing is changed. Answers LimitsPlan. */
  | { readonly call: 'planLimits'; readonly ref: string; readonly limits: LimitsInput }
  | { readonly call: 'setLimits'; readonly ref: string; readonly limits: LimitsInput }
  /** Answers PolicyList. */
  | { readonly call: 'policies' }
  /** What a policy's text would change. Answers PolicyDiff. */
  | { readonly call: 'diffPolicy'; readonly text: string }
  | { readonly call: 'putPolicy'; readonly name: string; readonly text: string };

/** A program that gets the terminal to itself; the screen comes back when it ends. */
export type Program =
  | { readonly program: 'shell'; readonly ref: string; readonly name: string }
  | { readonly program: 'logs'; readonly ref: string; readonly name: string };

/** All a reducer can ask for: a closed set, with one executor a kind (./run/executors.ts, a mapped type). */
export type Effect =
  | { readonly kind: 'call'; readonly act: string; readonly label: string; readonly call: Call }
  | { readonly kind: 'program'; readonly program: Program }
  | { readonly kind: 'remember'; readonly settings: Settings }
  /** Ask the source for figures now. */
  | { readonly kind: 'refresh' }
  /** One step back or forward in recorded time, a short or a long one. */
  | { readonly kind: 'step'; readonly direction: -1 | 1; readonly far?: boolean }
  | { readonly kind: 'quit' };

/** What a reducer answers. */
export interface Step<S> {
  readonly state: S;
  readonly effects: readonly Effect[];
}
