import { writeSync } from 'node:fs';
import type { Fd } from '#native/fd.js';
import { createMemfd, fillMemfd } from '#native/memfd.js';
import { SHIM_FRAMES } from '#native/shim/protocol.js';
import { createSocketpair } from '#native/socketpair.js';
import { spawn } from '#native/spawn.js';
import { encodeFrame } from './frames.js';
import type { RuntimeHost } from './host.js';

/** What a shim must know to start its player. */
export interface PlayerNeeds {
  tty: boolean;
  /** Keep stdin open; else it is /dev/null. */
  stdin: boolean;
  /** For the tape's slots 1 …; the caller keeps owning them. */
  inherit: readonly Fd[];
}

/** A shim that has its player and waits to hear what for. It ends when `control` is closed before it has heard. */
export interface WaitingShim {
  readonly pid: number;
  /** The starter's end of the control socket. */
  readonly control: Fd;
  /** Empty, and the player's too. */
  readonly tape: Fd;
  /** How many bytes of words it has room for. */
  readonly room: number;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
}

/** The words of a container; state directories that are paths of a few hundred characters fit. */
const ROOM_BYTES = 2048;

/**
 * Starts a shim; `launchShim` or `dropShim` must follow. `owner` tells shims that wait from those of others (findShims). Errors: KernelError of
 * memfd_create, socketpair and posix_spawn.
 */
export function spawnShim(host: RuntimeHost, needs: PlayerNeeds, room = ROOM_BYTES): WaitingShim {
  const [ours, theirs] = createSocketpair(host.syscalls, 'control socket of a shim');
  using control = theirs;
  let tape: Fd | undefined;
  try {
    tape = createMemfd(host.syscalls, 'tape');
    const pid = spawn(host.syscalls, {
      path: host.shimPath,
      argv: [
        'tsgov-shim',
        `tty=${Number(needs.tty)}`,
        `stdin=${Number(needs.stdin)}`,
        `inherit=${needs.inherit.length}`,
        ' '.repeat(Math.max(room, ROOM_BYTES)),
        `${WAITING_MARK}${host.owner}`,
      ],
      fds: [control, tape, host.player, ...needs.inherit],
    });
    // Somebody else has reaped it: then it has ended, too.
    const ended = host.children.watch(pid).catch(() => undefined);
    return { pid, control: ours, tape, room: Math.max(room, ROOM_BYTES), ended };
  } catch (error) {
    ours.close();
    tape?.close();
    throw error;
  }
}

/** The last argument of a shim that waits: this and who started it. */
export const WAITING_MARK = 'waits-for=';

/** Gives it the tape and its words, `key=value`; from then on it goes its own way. Errors: those of write(2), EPIPE when it was killed. */
export function launchShim(host: RuntimeHost, shim: WaitingShim, tape: Uint8Array, words: Buffer): void {
  fillMemfd(host.syscalls, shim.tape, tape);
  writeSync(shim.control.number, encodeFrame(SHIM_FRAMES.launch, words));
  shim.tape.close();
}

/** It will not be needed: it ends by itself. */
export function dropShim({ control, tape }: WaitingShim): void {
  control[Symbol.dispose]();
  tape[Symbol.dispose]();
}
