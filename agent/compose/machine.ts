import type { Clock } from '#agent/containers/clock.js';
import type { Syscalls } from '#native/libc.js';

/** The machine the agent works on: its roots, its clock, the files that were built beside the agent. */
export interface Machine {
  procRoot: string;
  sysRoot: string;
  etcRoot: string;
  /** Put before paths that other runtimes' files name. */
  fileRoot: string;
  /** What the kernel says of OOM kills. */
  kernelLog: string;
  /** `uname -m`. */
  machine: string;
  /** Of this process. */
  pid: number;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Lets the event loop do what else there is. */
  pause: () => Promise<void>;
  clock: Clock;
  syscalls: Syscalls;
  /** A file of dist/native. */
  native: (name: string) => string;
  /** A file of dist/page. */
  page: (name: string) => string;
  /** A module of dist/agent that is a thread of its own. */
  worker: (name: string) => URL;
}
