import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AgentError } from '#agent/contract/errors.js';

const PAGE = 100;
const LARGEST_PAGE = 1000;

export const Limit = Type.String({
  pattern: '^[0-9]{1,9}$',
  description: `How many in the answer, up to ${LARGEST_PAGE}; default ${PAGE}.`,
});

/** Of lists that are whole unless `limit` or `cursor` is given. */
export const Paging = {
  limit: Type.Optional(
    Type.String({
      pattern: '^[0-9]{1,9}$',
      description: `At most so many, up to ${LARGEST_PAGE}; the header \`Link\` with \`rel="next"\` has the next page. Without: all.`,
    }),
  ),
  cursor: Type.Optional(Type.String({ minLength: 1, description: 'As the `Link` of the page before has it.' })),
};

export interface PagingQuery {
  limit?: string;
  cursor?: string;
}

/** `limit` of a query, 100 unless told. Throws BODY_INVALID. */
export function pageSize(text: string | undefined): number {
  const size = text === undefined ? PAGE : Number(text);
  if (size >= 1 && size <= LARGEST_PAGE) return size;
  throw new AgentError('BODY_INVALID', `limit must be 1 to ${LARGEST_PAGE}, not ${size}`, { field: 'limit' });
}

/**
 * The items as they are, or one page of them in the order of their keys, with a Link to the next. A page begins after the key of the one
 * before, so what comes or goes meanwhile neither hides nor repeats another. Throws BODY_INVALID.
 */
export function pageOf<Item>(
  request: Pick<FastifyRequest, 'url'>,
  reply: FastifyReply,
  query: PagingQuery,
  items: Item[],
  keyOf: (item: Item) => string,
): Item[] {
  if (query.limit === undefined && query.cursor === undefined) return items;
  const limit = pageSize(query.limit);
  const after = query.cursor === undefined ? undefined : keyOfCursor(query.cursor);
  const keyed = items.map((item) => ({ item, key: keyOf(item) })).filter(({ key }) => after === undefined || key > after);
  keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const page = keyed.slice(0, limit);
  if (keyed.length > limit) reply.header('link', `<${nextUrl(request.url, cursorOfKey(page.at(-1)!.key))}>; rel="next"`);
  return page.map(({ item }) => item);
}

/** Throws BODY_INVALID where a page is asked for of what is shown as a tree. */
export function noPages(query: PagingQuery): void {
  const field = query.limit === undefined ? 'cursor' : 'limit';
  if (query[field] !== undefined) throw new AgentError('BODY_INVALID', `a tree has no pages: leave out ${field}`, { field });
}

/** A number as part of a key, so that keys go in its order. */
export function padded(value: number): string {
  return String(value).padStart(16, '0');
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', search] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  return `${path}?${query}`;
}

function cursorOfKey(key: string): string {
  return Buffer.from(key).toString('base64url');
}

function keyOfCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (cursorOfKey(key) === cursor) return key;
  throw new AgentError('BODY_INVALID', 'cursor must be that of the Link header of the page before', { field: 'cursor' });
}
