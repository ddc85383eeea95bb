import { Fd } from './fd.js';
import { errnoNumber } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';

const POLLIN = 0x1;

/** A descriptor of process `pid` that never means another process; `undefined` when there is none. Source: pidfd_open(2). */
export function openPidfd(syscalls: Syscalls, pid: number): Fd | undefined {
  const result = syscalls.pidfd_open(pid, 0);
  if (result === -errnoNumber('ESRCH')) return undefined;
  return new Fd(checked(result, { syscall: 'pidfd_open', target: `pid ${pid}` }), `pidfd of ${pid}`);
}

/** Sends signal number `signal`; false when the process is gone. Source: pidfd_send_signal(2). */
export function signalPidfd(syscalls: Syscalls, pidfd: Fd, signal: number): boolean {
  const result = syscalls.pidfd_send_signal(pidfd.number, signal, null, 0);
  if (result === -errnoNumber('ESRCH')) return false;
  checked(result, { syscall: 'pidfd_send_signal', target: `pidfd ${pidfd.number}`, value: String(signal) });
  return true;
}

/** Whether the process still runs; a zombie does not. Source: pidfd_open(2), "poll(2) … readable when the process terminates". */
export function pidfdAlive(syscalls: Syscalls, pidfd: Fd): boolean {
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(pidfd.number, 0);
  entry.writeInt16LE(POLLIN, 4);
  return checked(syscalls.poll(entry, 1, 0), { syscall: 'poll', target: `pidfd ${pidfd.number}` }) === 0;
}
