/**
 * Called between small pieces of a long reading: answers what to await when others have waited long enough. The reading as a whole
 * may take 100 ms, no piece of it does.
 */
export type Pause = () => Promise<void> | undefined;

/** Lets the event loop run once `everyMs` have passed since it last did. */
export function pauseEvery(everyMs: number, monotonicMs: () => number): Pause {
  let last = monotonicMs();
  return () => {
    if (monotonicMs() - last < everyMs) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        last = monotonicMs();
        resolve();
      });
    });
  };
}
