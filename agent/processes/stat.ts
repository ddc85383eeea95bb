/** `/proc/PID/stat`, the fields we use. Times in clock ticks of 1/100 s (USER_HZ on every architecture Node runs on). */
export interface ProcessStat {
  pid: number;
  /** At most 15 bytes, any character. */
  name: string;
  /** R S D Z T t X I */
  state: string;
  ppid: number;
  kernelThread: boolean;
  userTicks: number;
  systemTicks: number;
  threads: number;
  /** Since boot. */
  startTicks: number;
  rssPages: number;
}

/** linux/sched.h */
const PF_KTHREAD = 0x00200000;

/** Reads a stat line; the name is in parentheses and may hold those, blanks and newlines. Source: proc_pid_stat(5). */
export function parseStat(text: string): ProcessStat {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  // Field n of the manual is at n - 3.
  const fields = text.slice(close + 2).split(' ');
  const number = (field: number): number => Number(fields[field - 3] ?? 0);
  return {
    pid: Number(text.slice(0, open - 1)),
    name: text.slice(open + 1, close),
    state: fields[0] ?? '?',
    ppid: number(4),
    kernelThread: (number(9) & PF_KTHREAD) !== 0,
    userTicks: number(14),
    systemTicks: number(15),
    threads: number(20),
    startTicks: number(22),
    rssPages: number(24),
  };
}
