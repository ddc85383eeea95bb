import type { Clock } from '#agent/containers/clock.js';

/** One to three milliseconds of CPU each time, with the pages that are asked for again. */
const EVERY_MS = 10_000;

/** Gives free memory back to the kernel now and then (native/malloc-trim.ts): of an agent of a hundred containers that is a tenth. The answered function ends it. */
export function keepSmall(trim: () => void, clock: Pick<Clock, 'after'>): () => void {
  let cancel: () => void = () => undefined;
  const arm = (): void => {
    cancel = clock.after(EVERY_MS, () => {
      trim();
      arm();
    });
  };
  arm();
  return () => cancel();
}
