import { Fd } from './fd.js';
import { checked, type Syscalls } from './libc.js';
import { PolledFd } from './polled-fd.js';

const EFD_CLOEXEC = 0o2000000;
const EFD_NONBLOCK = 0o4000;

/** A number that the kernel adds to, heard of from the event loop. Close it exactly once. Source: eventfd(2). */
export class EventFd {
  readonly #fd: Fd;
  readonly #polled: PolledFd;

  /** Calls back when somebody added to it, once for what was added meanwhile. Throws KernelError. */
  constructor(syscalls: Syscalls, onSignal: () => void, onError: (error: Error) => void) {
    this.#fd = new Fd(checked(syscalls.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), { syscall: 'eventfd', target: '' }), 'eventfd');
    try {
      this.#polled = new PolledFd(syscalls, this.#fd, { onData: onSignal, onError });
    } catch (error) {
      this.#fd.close();
      throw error;
    }
  }

  /** To hand to the kernel. */
  get number(): number {
    return this.#fd.number;
  }

  close(): void {
    this.#polled.close();
    this.#fd.close();
  }
}
