import type { DeathPage } from '#agent/contract/journal.js';

/**
 * How often its restart policy had started a container again by then, as its last end before tells; undefined: older ends than these are not known, or its
 * runtime's restarts are not ours to count. Pure.
 */
export function restartsThen(page: DeathPage, container: { id: string; runtime: string }, at: string): number | undefined {
  if (container.runtime !== 'tsgov') return undefined;
  const ends = page.deaths.filter(
    (death) => death.container.id === container.id && Date.parse(death.finishedAt) <= Date.parse(at),
  );
  if (ends.length === 0) return page.next === null ? 0 : undefined;
  const last = ends.reduce((latest, death) => (Date.parse(death.finishedAt) > Date.parse(latest.finishedAt) ? death : latest));
  // Whoever starts it by hand starts counting anew.
  return last.restarts ? last.restartCount + 1 : 0;
}
