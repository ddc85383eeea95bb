import type { Clock } from '#agent/containers/clock.js';

/** One to three milliseconds of CPU each time, with the pages that are asked for again. */
const EVERY_MS = 10_000;

/** What gives memory back to the kernel, and how seldom: in the first round, and in each `rounds`-th after it. */
export interface GivesBack {
  rounds: number;
  giveBack: () => void;
}

/**
 * Gives memory back to the kernel now and then: free memory (native/malloc-trim.ts) is a tenth of an agent of a hundred containers, what only
 * its start needed of Node's program a quarter. One that fails is told once and left out from then on. The answered function ends it.
 */
export function keepSmall(all: readonly GivesBack[], clock: Pick<Clock, 'after'>, onFault: (error: unknown) => void): () => void {
  let cancel: () => void = () => undefined;
  const failed = new Set<GivesBack>();
  const arm = (round: number): void => {
    cancel = clock.after(EVERY_MS, () => {
      for (const one of all) if (round % one.rounds === 0 && !failed.has(one)) tried(one);
      arm(round + 1);
    });
  };
  const tried = (one: GivesBack): void => {
    try {
      one.giveBack();
    } catch (error) {
      failed.add(one);
      onFault(error);
    }
  };
  arm(0);
  return () => cancel();
}
