import type { Clock } from '#agent/containers/clock.js';

/** What is kept as policies say. */
export interface Kept {
  reassert(): Promise<void>;
}

/**
 * Looks at once, and then every `intervalMs`, whether policies and limits are as they should be. A look that takes longer only delays the
 * next. The answered function ends it.
 */
export function keepPolicies(
  store: { refresh(): void },
  containers: Kept,
  options: { clock: Pick<Clock, 'after'>; intervalMs: number; onFault: (error: unknown) => void },
): () => void {
  let cancel: (() => void) | undefined;
  let ended = false;
  const look = async (): Promise<void> => {
    // Whatever is wrong with the one, the other goes on.
    for (const work of [() => store.refresh(), () => containers.reassert()])
      try {
        await work();
      } catch (error) {
        options.onFault(error);
      }
    if (!ended) arm(options.intervalMs);
  };
  const arm = (delayMs: number): void => {
    cancel = options.clock.after(delayMs, () => void look());
  };
  arm(0);
  return () => {
    ended = true;
    cancel?.();
  };
}
