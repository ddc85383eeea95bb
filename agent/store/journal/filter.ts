/** A WHERE clause in the making: conditions and the values of their `?`, in order. */
export interface Filter {
  conditions: string[];
  values: (string | number)[];
}

/** Conditions that journal and deaths share; `time` is the column that has it. The newest come first, so a cursor is the id before. */
export function rowFilter(
  query: {
    container?: string | undefined;
    sinceMs?: number | undefined;
    untilMs?: number | undefined;
    cursor?: string | undefined;
  },
  time: string,
): Filter {
  const filter: Filter = { conditions: [], values: [] };
  if (query.cursor !== undefined) add(filter, 'id < ?', Number(query.cursor));
  if (query.sinceMs !== undefined) add(filter, `${time} >= ?`, query.sinceMs);
  if (query.untilMs !== undefined) add(filter, `${time} < ?`, query.untilMs);
  const { container } = query;
  if (container !== undefined)
    add(
      filter,
      '(container_name = ? OR (container_id >= ? AND container_id < ?))',
      container,
      container,
      `${container}\u{10ffff}`,
    );
  return filter;
}

/** Adds one condition and its values. */
export function add(filter: Filter, condition: string, ...values: (string | number)[]): void {
  filter.conditions.push(condition);
  filter.values.push(...values);
}

/** `WHERE …` or nothing. */
export function whereOf({ conditions }: Filter): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** The first `limit` of rows that were asked for one more, and where to go on. */
export function pageOf<T extends { id: number }>(rows: readonly T[], limit: number): { rows: T[]; next: string | null } {
  const page = rows.slice(0, limit);
  return { rows: page, next: rows.length > limit ? String(page.at(-1)!.id) : null };
}
