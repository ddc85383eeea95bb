import { readFileSync } from 'node:fs';
import type { Fd } from '#native/fd.js';
import type { Syscalls } from '#native/libc.js';
import { createSealedMemfd } from '#native/memfd.js';
import { ChildReaper } from '#native/wait.js';
import type { Clock } from '#runtime/cgroup/clock.js';
import { SpareShim } from './spare-shim.js';

export interface RuntimeHostOptions {
  /** The built tsgov-shim and tsgov-init. */
  shimPath: string;
  playerPath: string;
  syscalls: Syscalls;
  clock: Clock;
  /** Tells shims that this process has started, and not told yet what for, from those of others: the agent's state directory. */
  owner: string;
  /** Default `/proc`. */
  procRoot?: string;
}

/** What launching needs and is made once: open it with createRuntimeHost, close it when no more is launched. */
export interface RuntimeHost {
  readonly shimPath: string;
  /** The player's sealed copy: the file on disk may be replaced, the one that runs inside containers cannot (CVE-2019-5736). */
  readonly player: Fd;
  readonly syscalls: Syscalls;
  readonly clock: Clock;
  /** The shims this process has started. */
  readonly children: ChildReaper;
  /** None unless it is told to keep one. */
  readonly spare: SpareShim;
  readonly owner: string;
  readonly procRoot: string;
  close(): void;
}

/** Reads the player into a sealed memfd. Errors: the player cannot be read; KernelError of memfd_create. */
export function createRuntimeHost(options: RuntimeHostOptions): RuntimeHost {
  const player = createSealedMemfd(options.syscalls, 'tsgov-init', readFileSync(options.playerPath), { executable: true });
  const host: RuntimeHost = {
    shimPath: options.shimPath,
    player,
    syscalls: options.syscalls,
    clock: options.clock,
    children: new ChildReaper(options.syscalls),
    get spare() {
      return spare;
    },
    owner: options.owner,
    procRoot: options.procRoot ?? '/proc',
    close: () => {
      spare.close();
      player.close();
    },
  };
  const spare = new SpareShim(host);
  return host;
}
