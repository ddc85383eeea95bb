import { errnoNumber } from './kernel-error.js';
import { checked, type Syscalls } from './libc.js';

const WNOHANG = 1;

/** How a child ended: its exit code, or the signal that killed it. Source: wait(2), WIFEXITED and its kin. */
export interface ChildEnd {
  exitCode: number | undefined;
  signal: number | undefined;
}

/** Reaps `pid`, a child of this process: `undefined` while it runs. ECHILD (not our child, or already reaped) is a KernelError. */
export function waitChild(syscalls: Syscalls, pid: number): ChildEnd | undefined {
  const status = new Int32Array(1);
  const result = syscalls.waitpid(pid, status, WNOHANG);
  if (result === -errnoNumber('EINTR')) return undefined;
  if (checked(result, { syscall: 'waitpid', target: `pid ${pid}` }) === 0) return undefined;
  const signal = status[0]! & 0x7f;
  return signal === 0 ? { exitCode: (status[0]! >> 8) & 0xff, signal: undefined } : { exitCode: undefined, signal };
}

/**
 * Reaps the children this process has spawned, so that none stays a zombie: looks at each known one on SIGCHLD. Only pids given to
 * `watch` are waited for, so Node's own children are left to Node. It listens only while it has children.
 */
export class ChildReaper {
  readonly #syscalls: Syscalls;
  readonly #waiting = new Map<number, (end: ChildEnd) => void>();
  readonly #onSignal = (): void => this.#sweep();

  constructor(syscalls: Syscalls) {
    this.#syscalls = syscalls;
  }

  /** How many children have not ended. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves when the child `pid` has ended and is reaped. Call it in the same turn as the spawn. */
  watch(pid: number): Promise<ChildEnd> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) process.on('SIGCHLD', this.#onSignal);
      this.#waiting.set(pid, resolve);
      this.#look(pid, resolve);
    });
  }

  #sweep(): void {
    for (const [pid, resolve] of [...this.#waiting]) this.#look(pid, resolve);
  }

  #look(pid: number, resolve: (end: ChildEnd) => void): void {
    const end = waitChild(this.#syscalls, pid);
    if (end === undefined) return;
    this.#waiting.delete(pid);
    if (this.#waiting.size === 0) process.off('SIGCHLD', this.#onSignal);
    resolve(end);
  }
}
