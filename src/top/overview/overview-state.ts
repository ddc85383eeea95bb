/** What the table of containers is like; ./sort-rows.ts makes `order` of it. */
export interface OverviewState {
  /** Ids of the rows shown, filtered and sorted. */
  readonly order: readonly string[];
  /** Id of the row the cursor is on; absent: there is none. */
  readonly cursor: string | undefined;
  /** Index in `order` of the first row on the screen. */
  readonly top: number;
  /** Columns scrolled off to the left, behind the name. */
  readonly left: number;
  readonly marked: ReadonlySet<string>;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  readonly sort: { readonly column: string; readonly reverse: boolean };
  /** What gets the arrows. */
  readonly focus: 'table' | 'events';
  /** Events scrolled up from the newest. */
  readonly eventsUp: number;
}
