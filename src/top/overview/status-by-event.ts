import type { ContainerStatus, EventView } from '#agent/contract/container.js';
import type { Row } from '#src/top/rows.js';

const STATUS: Readonly<Record<string, ContainerStatus>> = {
  start: 'running',
  freeze: 'frozen',
  thaw: 'running',
  die: 'exited',
};

/** Rows as events that came after them say they are now: a tick may be a second old, an event is not. The same rows where none does. Pure. */
export function withStatus(rows: readonly Row[], events: readonly EventView[], sinceMs: number): readonly Row[] {
  const status = new Map<string, ContainerStatus>();
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const { time, type, container } = events[index]!;
    if (Date.parse(time) <= sinceMs) break;
    const known = STATUS[type];
    if (known !== undefined && container !== undefined && !status.has(container.id)) status.set(container.id, known);
  }
  if (status.size === 0) return rows;
  return rows.map((row) => {
    const now = status.get(row.id);
    return now === undefined || now === row.status ? row : { ...row, status: now };
  });
}
