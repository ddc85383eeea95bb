/** An act that was asked for; it counts as confirmed when the agent tells the event that it makes. */
export interface PendingAct {
  /** As in its effect. */
  readonly act: string;
  /** Acts on several containers at once share it. */
  readonly group: string;
  readonly label: string;
  /** Id of the container. */
  readonly container: string;
  /** Types of events that confirm it, any of them. */
  readonly confirmedBy: readonly string[];
  readonly askedMs: number;
  /** Asked; done: the agent has answered; confirmed: its event came; refused: an error came. */
  readonly status: 'asked' | 'done' | 'confirmed' | 'refused';
}
