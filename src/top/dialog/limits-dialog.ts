import type { LimitsPlan } from '#agent/contract/limits-plan.js';

/** A form of limits with the values in force; what is changed is checked by the agent, which says what it would write. */
export interface LimitsDialog {
  readonly kind: 'limits';
  /** Ids; the values shown are those of the first. */
  readonly targets: readonly string[];
  readonly fields: readonly LimitField[];
  readonly index: number;
  /** Where in the field's text the cursor is. */
  readonly caret: number;
  readonly status: 'loading' | 'editing' | 'checking' | 'checked' | 'writing';
  /** What would be written, for the first of `targets`. */
  readonly plan: LimitsPlan | undefined;
  /** Why the agent refuses it; `field` as the API names it (`memory.max`). */
  readonly refusal: { readonly field: string | undefined; readonly message: string } | undefined;
}

export interface LimitField {
  /** `memory.max` */
  readonly field: string;
  /** As it is in force; empty: not set. */
  readonly before: string;
  readonly text: string;
}
