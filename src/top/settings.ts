/** What is remembered from one run to the next, in `$XDG_CONFIG_HOME/tsgov/top.json`. */
export interface Settings {
  /** Names of the columns shown, in their order (./overview/columns.ts); absent: those that fit. */
  readonly columns?: readonly string[];
  readonly sort?: { readonly column: string; readonly reverse: boolean };
  readonly theme?: string;
  /** `k` moves up. */
  readonly vim?: boolean;
}
