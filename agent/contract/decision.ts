import type { VictimOrder } from './rule.js';

/**
 * Rules in a form to decide on: numbers in their signals' units, times in milliseconds, nothing left to parse. agent/policy/compile-rules.ts
 * makes them of a policy, agent/governor/decide decides on them.
 */
export type DecideCondition =
  | DecideLeaf
  | { readonly kind: 'all'; readonly of: readonly DecideCondition[] }
  | { readonly kind: 'any'; readonly of: readonly DecideCondition[] };

export interface DecideLeaf {
  readonly kind: 'signal';
  /** Tells it from the other leaves of the rule. */
  readonly key: string;
  readonly signal: string;
  readonly is: 'above' | 'below';
  readonly bound: number;
  /** Once it holds: until the signal is at this bound. */
  readonly until: number;
  /** Without a break for this long; with `within`: at some moment of the last so many ms. */
  readonly forMs: number;
  readonly within: boolean;
  /** What it is where the signal has no value. */
  readonly absent: boolean;
}

/** One step of a ladder. */
export type DecideStep =
  | { readonly kind: 'notify'; readonly message: string }
  | { readonly kind: 'reclaim'; readonly share: number }
  | { readonly kind: 'reclaim'; readonly bytes: number }
  | { readonly kind: 'set'; readonly limits: Readonly<Record<string, DecideSetting>> }
  | { readonly kind: 'throttle'; readonly share: number; readonly forMs: number | null }
  | { readonly kind: 'throttle'; readonly cores: number; readonly forMs: number | null }
  | { readonly kind: 'freeze'; readonly forMs: number }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'terminate'; readonly graceMs: number }
  | { readonly kind: 'kill' };

/** A limit's value, or a factor of what it is. */
export type DecideSetting = { readonly to: number | 'max' } | { readonly factor: number };

export interface LadderRule {
  readonly kind: 'ladder';
  readonly name: string;
  /** `node`: judged once, acts on one of the containers; `container`: judged for and acting on each. */
  readonly scope: 'node' | 'container';
  readonly when: DecideCondition;
  /** The longest `for` of the condition. */
  readonly forMs: number;
  readonly steps: readonly DecideStep[];
  readonly cooldownMs: number;
  readonly victims: {
    readonly by: VictimOrder;
    readonly prefer: SubjectTest | undefined;
    readonly avoid: SubjectTest | undefined;
  };
}

export interface SenpaiRule {
  readonly kind: 'senpai';
  readonly name: string;
  readonly targetUsec: number;
  readonly intervalMs: number;
  readonly floorBytes: number;
}

/** What a policy matches on; a ContainerSnapshot is one. */
export interface RuleSubject {
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly runtime: string;
  readonly cgroup: string;
}
export type SubjectTest = (subject: RuleSubject) => boolean;

/** A policy that has rules and is not `off`. */
export interface DecidePolicy {
  readonly name: string;
  readonly priority: number;
  /** `enforce: observe`. */
  readonly observed: boolean;
  readonly matches: SubjectTest;
  readonly rules: readonly (LadderRule | SenpaiRule)[];
}

interface ActionOf<K extends string> {
  readonly kind: K;
  readonly container: string;
  readonly name: string;
  readonly policy: string;
  readonly priority: number;
  readonly rule: string;
  /** Only told: the policy observes. */
  readonly observed: boolean;
  readonly reason: string;
  /** The signals it was decided on, in their units. */
  readonly values: Readonly<Record<string, number>>;
}

export type LimitValue = number | string | boolean;
export type LimitValues = Readonly<Record<string, LimitValue>>;

/** One act on one container. */
export type Action =
  | (ActionOf<'notify'> & { readonly message: string })
  | (ActionOf<'reclaim'> & { readonly bytes: number })
  /** `routine`: one of many small ones, which is counted, and told only when it amounts to something. */
  | (ActionOf<'set'> & { readonly limits: LimitValues; readonly before: LimitValues; readonly routine: boolean })
  | (ActionOf<'throttle'> & { readonly limits: LimitValues; readonly before: LimitValues; readonly forMs: number | null })
  | (ActionOf<'freeze'> & { readonly forMs: number })
  | ActionOf<'thaw'>
  | (ActionOf<'terminate'> & { readonly graceMs: number })
  | ActionOf<'kill'>
  /** Takes back what this rule had done. */
  | (ActionOf<'undo'> & { readonly of: Undoable; readonly fields: readonly string[]; readonly was: LimitValues });
export type ActionKind = Action['kind'];
export type Undoable = 'set' | 'throttle' | 'freeze';
