import { Socket } from 'node:net';
import type { Fd } from './fd.js';
import { checked, type Syscalls } from './libc.js';
import { createSocketpair } from './socketpair.js';

const O_CLOEXEC = 0o2000000;

export interface PolledFdHandlers {
  /** What one read(2) gave; the Buffer may be kept. */
  onData: (chunk: Buffer) => void;
  /** A read failed; this object is done. */
  onError: (error: Error) => void;
}

/**
 * Reads a descriptor that can be polled but that Node has no stream for (fanotify), from the event loop's own epoll: no thread, no timer.
 * Node takes a stream over a pipe or a socket only, yet knows it by its number from then on: so it is given one end of a socketpair, and
 * that number is then made to mean the descriptor (dup3), before the loop first polls it (ADR 7). Never keeps the process alive. `fd` stays
 * the caller's, to be closed after this.
 */
export class PolledFd {
  readonly #socket: Socket;
  #closed = false;

  constructor(syscalls: Syscalls, fd: Fd, handlers: PolledFdHandlers) {
    const [end, other] = createSocketpair(syscalls, 'a place in the event loop');
    other.close();
    const number = end.take();
    this.#socket = new Socket({ fd: number, readable: true, writable: false });
    checked(syscalls.dup3(fd.number, number, O_CLOEXEC), { syscall: 'dup3', target: `fd ${fd.number} to ${number}` });
    this.#socket.unref();
    this.#socket.on('data', handlers.onData);
    this.#socket.on('error', (error) => {
      if (this.#closed) return;
      this.#closed = true;
      handlers.onError(error);
    });
  }

  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
