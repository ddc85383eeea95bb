/** What can happen to an act. */
export const JOURNAL_RESULTS = ['done', 'refused', 'failed', 'observed'] as const;
export type JournalResult = (typeof JOURNAL_RESULTS)[number];

/** The acts there are; `set`, `reclaim`, `throttle`, `terminate` and `notify` are rules'. */
export const JOURNAL_ACTIONS = [
  'limit',
  'freeze',
  'thaw',
  'stop',
  'kill',
  'restart',
  'remove',
  'reclaim',
  'set',
  'throttle',
  'terminate',
  'notify',
  'undo',
  'drift',
  'policy-put',
  'policy-rm',
] as const;
export type JournalAction = (typeof JOURNAL_ACTIONS)[number];
