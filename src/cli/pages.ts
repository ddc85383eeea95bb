import type { FlagTable } from './flags/flag.js';

/** Flags of what comes page by page, the newest first. */
export const PAGE_FLAGS = {
  container: { type: 'string', value: 'string', help: 'Only of this container: its name, its ID, or the start of its ID' },
  since: { type: 'string', value: 'string', help: 'From this time on: RFC 3339, unix seconds, or how long ago (10m)' },
  until: { type: 'string', value: 'string', help: 'Up to this time, written as for --since' },
  limit: { type: 'int', short: 'n', value: 'int', help: 'The last so many', default: '100' },
} as const satisfies FlagTable;

const DEFAULT_LIMIT = 100;
/** What the agent answers at a time at most. */
const PAGE = 1000;

/** The newest `limit` rows, the oldest of them first. */
export async function newest<Row>(
  limit: number | undefined,
  read: (page: { limit: number; cursor?: string }) => Promise<{ rows: Row[]; next: string | null }>,
): Promise<Row[]> {
  const wanted = limit ?? DEFAULT_LIMIT;
  const rows: Row[] = [];
  for (let cursor: string | null | undefined; rows.length < wanted && cursor !== null; ) {
    const page = await read({ limit: Math.min(PAGE, wanted - rows.length), ...(cursor === undefined ? {} : { cursor }) });
    rows.push(...page.rows);
    cursor = page.next;
  }
  return rows.reverse();
}
