import type { Call } from '#src/top/effect.js';

/** An act on one container, before it is asked of the agent. */
export interface ActRequest {
  readonly container: string;
  readonly label: string;
  readonly call: Call;
  /** Types of events that confirm it. */
  readonly confirmedBy: readonly string[];
}
