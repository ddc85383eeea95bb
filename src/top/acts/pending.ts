/** An act that was asked for; it counts as confirmed when the agent tells the event that it makes. */
export interface PendingAct {
  /** As in its effect. */
  readonly act: string;
  /** Acts asked for with one key share it. */
  readonly group: string;
  readonly label: string;
  /** Id of the container; absent: the event is the node's. */
  readonly container?: string;
  /** Types of events that confirm it, any of them; none: the answer is enough. */
  readonly confirmedBy: readonly string[];
  /** Only a later event confirms it: by its id, and, since old ones may come late, by the agent's own clock at the last look before. */
  readonly afterEvent: number;
  readonly afterMs: number;
  /** Asked; done: the agent has answered; confirmed: its event came; refused: an error came. */
  readonly status: 'asked' | 'done' | 'confirmed' | 'refused';
  /** Why it was refused. */
  readonly reason?: string;
}
