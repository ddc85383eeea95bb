/** The keys, as ../keys.ts lists them. */
export interface HelpDialog {
  readonly kind: 'help';
  /** First line shown. */
  readonly top: number;
}
