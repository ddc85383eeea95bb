/** Signals as people need them, the gentle ones first. */
export const SIGNALS: readonly { readonly name: string; readonly note: string }[] = [
  { name: 'SIGTERM', note: 'asks it to end' },
  { name: 'SIGINT', note: 'as Ctrl-C' },
  { name: 'SIGHUP', note: 'many daemons read their configuration anew' },
  { name: 'SIGQUIT', note: 'ends, with a core dump; the JVM prints its threads' },
  { name: 'SIGUSR1', note: 'its own meaning' },
  { name: 'SIGUSR2', note: 'its own meaning' },
  { name: 'SIGSTOP', note: 'stops its first process; z freezes all of them' },
  { name: 'SIGCONT', note: 'lets it go on' },
  { name: 'SIGABRT', note: 'ends, with a core dump' },
  { name: 'SIGKILL', note: 'ends at once, nothing is put in order' },
];
