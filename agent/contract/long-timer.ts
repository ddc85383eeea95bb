/** Beyond that, 24 days, setTimeout fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Calls back once after `delayMs`, which may be longer than setTimeout takes: it is waited for in steps. The answered function takes it
 * back. It keeps no process alive.
 */
export function longTimer(delayMs: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = (leftMs: number): void => {
    timer = setTimeout(() => (leftMs > LONGEST_MS ? arm(leftMs - LONGEST_MS) : callback()), Math.min(leftMs, LONGEST_MS));
    timer.unref();
  };
  arm(delayMs);
  return () => clearTimeout(timer);
}
