/** The arguments of `/proc/PID/cmdline`: they end in NUL each, and may be empty. Source: proc_pid_cmdline(5). */
export function parseCommandLine(text: string): string[] {
  return text.split('\0').filter((arg, index, all) => arg !== '' || index < all.length - 1);
}

/** For people: arguments between blanks; of a process that has none (kernel thread, zombie) its name in brackets. */
export function commandText(cmdline: string, name: string): string {
  const args = parseCommandLine(cmdline);
  return args.length > 0 ? args.join(' ') : `[${name}]`;
}
