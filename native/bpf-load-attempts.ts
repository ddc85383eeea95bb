import { constants } from 'node:os';

const ATTEMPTS = 10;

/**
 * BPF_PROG_LOAD, made again while it answers EAGAIN: the verifier gives up when a signal waits for the thread (kernel/bpf/verifier.c);
 * the signal is taken on the way back to user space, and the next attempt goes through. Answers what the last one did.
 */
export function loadAttempts(load: () => number, errno: () => number): number {
  for (let left = ATTEMPTS; ; left--) {
    const result = load();
    if (result >= 0 || left === 1 || errno() !== constants.errno.EAGAIN) return result;
  }
}
