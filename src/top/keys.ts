/** Where a key means something: docs/top.md has one table a place, and a test compares. */
export type KeyPlace = 'everywhere' | 'overview' | 'acts' | 'container';

export interface KeyHelp {
  readonly place: KeyPlace;
  /** As written in the help: `↑ k`. */
  readonly keys: string;
  readonly does: string;
  /** A word for the line at the bottom; absent: not there. */
  readonly hint?: string;
}

/** What every key does; the help, the line at the bottom and docs/top.md are made of it. */
export const KEYS: readonly KeyHelp[] = [
  { place: 'everywhere', keys: 'h ?', does: 'Show the keys', hint: 'help' },
  { place: 'everywhere', keys: 'q', does: 'Leave (from a container: back to the overview)', hint: 'quit' },
  { place: 'everywhere', keys: 'Ctrl-C', does: 'Leave, from anywhere' },
  { place: 'everywhere', keys: 'Esc', does: 'Close what is on top, go back, drop the filter, then the marks' },
  { place: 'everywhere', keys: 'Space', does: 'Stop and go on: nothing is asked for while it stands still', hint: 'pause' },
  { place: 'everywhere', keys: '< >', does: 'Step back and forward in recorded time, 10 s; > at its end is now', hint: 'past' },
  { place: 'everywhere', keys: '{ }', does: 'The same, five minutes' },
  { place: 'everywhere', keys: 'V', does: 'Vim keys on or off: k moves up instead of sending a signal; remembered' },
  { place: 'everywhere', keys: 'T', does: 'Next theme: dark, light, mono' },
  { place: 'everywhere', keys: 'Ctrl-L', does: 'Draw everything anew, and ask for new figures' },
  { place: 'overview', keys: 'Up Down j Ctrl-P Ctrl-N', does: 'Move the cursor, or scroll the events; k too, with vim keys' },
  { place: 'overview', keys: 'PgUp PgDn Ctrl-B Ctrl-F', does: 'A page up or down' },
  { place: 'overview', keys: 'Ctrl-U Ctrl-D', does: 'Half a page up or down' },
  { place: 'overview', keys: 'Home End g G', does: 'First or last' },
  { place: 'overview', keys: 'Left Right', does: 'Scroll the columns behind the name' },
  { place: 'overview', keys: 'Enter', does: 'Show the container', hint: 'open' },
  { place: 'overview', keys: 'Tab', does: 'To the events and back' },
  {
    place: 'overview',
    keys: '/ f',
    does: 'Filter: words that must all be found in name, image, runtime, state, policy or id; !word must not',
    hint: 'filter',
  },
  { place: 'overview', keys: 'o', does: 'Sort by the next column shown', hint: 'sort' },
  { place: 'overview', keys: 'O', does: 'Reverse the order' },
  { place: 'overview', keys: 'm', does: 'Mark the container for an act, or take the mark away', hint: 'mark' },
  { place: 'overview', keys: 'M', does: 'Mark all shown, or none' },
  { place: 'overview', keys: 'c', does: 'Choose columns; remembered', hint: 'columns' },
  {
    place: 'overview',
    keys: 'Mouse',
    does: 'Click: move the cursor, or sort by a column; double click: show the container; wheel: scroll',
  },
  { place: 'container', keys: '1 2 3 4 5 6 7 8', does: 'Summary, limits, processes, latency, why, journal, logs, namespaces' },
  { place: 'container', keys: 'Tab Right Shift-Tab Left', does: 'The next of these, or the one before', hint: 'next' },
  { place: 'container', keys: '[ ]', does: 'Graphs over a shorter or longer time: 1, 5, 15 or 60 minutes', hint: 'time' },
  { place: 'container', keys: 'Up Down j Ctrl-P Ctrl-N', does: 'Scroll; k too, with vim keys' },
  { place: 'container', keys: 'PgUp PgDn Ctrl-B Ctrl-F', does: 'A page up or down' },
  { place: 'container', keys: 'Home End g G', does: 'First or last line' },
  { place: 'container', keys: 'Mouse', does: 'Click: another of these; wheel: scroll' },
  { place: 'acts', keys: 'z', does: 'Freeze, or thaw what is frozen', hint: 'freeze' },
  { place: 'acts', keys: 'L', does: 'Edit limits, with a preview of what the kernel gets', hint: 'limits' },
  { place: 'acts', keys: 'p', does: 'Apply a policy: add the container to those it matches by name', hint: 'policy' },
  { place: 'acts', keys: 's', does: 'Stop', hint: 'stop' },
  { place: 'acts', keys: 'k K', does: 'Send a signal, which is chosen; with vim keys K alone', hint: 'signal' },
  { place: 'acts', keys: 'r', does: 'Restart; start what does not run', hint: 'restart' },
  { place: 'acts', keys: 'd', does: 'Remove; asks', hint: 'delete' },
  { place: 'acts', keys: 'e', does: 'Run a shell in it', hint: 'shell' },
  { place: 'acts', keys: 'l', does: 'Follow its log', hint: 'logs' },
];
