/** One of a list: a signal, a policy. */
export interface ChooseDialog {
  readonly kind: 'choose';
  readonly title: string;
  readonly items: readonly { readonly value: string; readonly label: string; readonly note: string }[];
  readonly index: number;
  /** What is done with the choice, to whom (ids). */
  readonly then: 'signal' | 'policy';
  readonly targets: readonly string[];
  /** `items` are still asked for. */
  readonly loading: boolean;
}
