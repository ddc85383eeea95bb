import { Fd } from './fd.js';
import { checked, type Syscalls } from './libc.js';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;

/** A connected pair of UNIX stream sockets, close-on-exec. Source: socketpair(2). */
export function createSocketpair(syscalls: Syscalls, what: string): [Fd, Fd] {
  const fds = new Int32Array(2);
  checked(syscalls.socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), { syscall: 'socketpair', target: what });
  return [new Fd(fds[0]!, `${what} (ours)`), new Fd(fds[1]!, `${what} (theirs)`)];
}
