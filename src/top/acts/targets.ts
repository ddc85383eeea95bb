import type { Row } from '#src/top/rows.js';
import type { TopState } from '#src/top/state.js';

/** Whom an act is about: the container that is shown, or those marked (of them those still there), or the one the cursor is on. Pure. */
export function targets({ container, overview, rows }: TopState): Row[] {
  const ids = container !== undefined ? [container.id] : overview.marked.size > 0 ? [...overview.marked] : [overview.cursor];
  return ids.flatMap((id) => (id === undefined ? [] : (rows.get(id) ?? [])));
}
