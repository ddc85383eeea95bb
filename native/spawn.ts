import { constants } from 'node:fs';
import { Fd } from './fd.js';
import { checked, type Syscalls } from './libc.js';

const POSIX_SPAWN_SETSID = 0x80;
const F_DUPFD_CLOEXEC = 1030;
/** More than any C library's posix_spawn_file_actions_t (80 bytes) and posix_spawnattr_t (336 bytes) need. */
const OPAQUE_BYTES = 1024;

export interface SpawnRequest {
  /** Path of the program, not searched in PATH. */
  path: string;
  argv: readonly string[];
  env?: readonly string[];
  /** The child's fds 3, 4, 5 … in this order. 0 to 2 are /dev/null. They stay owned by the caller. */
  fds: readonly Fd[];
}

/**
 * Starts a program in a session of its own and returns its pid; the caller must wait for it (ChildReaper). Everything else that is
 * open and not close-on-exec reaches the child too: the program closes what lies above its own (close_range(2)).
 * Source: posix_spawn(3) of glibc, which runs the child on the caller's memory until execve (CLONE_VM|CLONE_VFORK), so the agent's
 * size does not matter. Errors: KernelError with the path.
 */
export function spawn(syscalls: Syscalls, request: SpawnRequest): number {
  const actions = Buffer.alloc(OPAQUE_BYTES);
  const attributes = Buffer.alloc(OPAQUE_BYTES);
  const check = (result: number, call: string): number => checked(result, { syscall: call, target: request.path });
  const moved: Fd[] = [];
  check(syscalls.posix_spawn_file_actions_init(actions), 'posix_spawn_file_actions_init');
  check(syscalls.posix_spawnattr_init(attributes), 'posix_spawnattr_init');
  try {
    check(
      syscalls.posix_spawn_file_actions_addopen(actions, 0, '/dev/null', constants.O_RDWR, 0),
      'posix_spawn_file_actions_addopen',
    );
    for (const [from, to] of [[0, 1] as const, [0, 2] as const, ...sources(syscalls, request.fds, moved)])
      check(syscalls.posix_spawn_file_actions_adddup2(actions, from, to), 'posix_spawn_file_actions_adddup2');
    check(syscalls.posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID), 'posix_spawnattr_setflags');
    const pid = new Int32Array(1);
    const argv = [...request.argv, null];
    check(syscalls.posix_spawn(pid, request.path, actions, attributes, argv, [...(request.env ?? []), null]), 'posix_spawn');
    return pid[0]!;
  } finally {
    for (const fd of moved) fd.close();
    syscalls.posix_spawn_file_actions_destroy(actions);
    syscalls.posix_spawnattr_destroy(attributes);
  }
}

/** dup2 pairs [from, to]. A source that is itself a target's number would be overwritten before its turn: it is moved out of the way. */
function sources(syscalls: Syscalls, fds: readonly Fd[], moved: Fd[]): [number, number][] {
  const end = 3 + fds.length;
  return fds.map((fd, i) => {
    if (fd.number >= end) return [fd.number, 3 + i];
    const copy = checked(syscalls.fcntl(fd.number, F_DUPFD_CLOEXEC, end), {
      syscall: 'fcntl F_DUPFD_CLOEXEC',
      target: `fd ${fd.number}`,
    });
    moved.push(new Fd(copy, `copy of fd ${fd.number}`));
    return [copy, 3 + i];
  });
}
