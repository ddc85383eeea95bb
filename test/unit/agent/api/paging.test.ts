import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyReply } from 'fastify';
import { noPages, type PagingQuery, padded, pageOf } from '#agent/api/paging.js';

/** One request, as the routes make it; what of the Link header the next one takes. */
function ask(items: number[], query: PagingQuery, url = '/v1/x?a=b') {
  let link: string | undefined;
  const reply = { header: (_name: string, value: string) => (link = value) } as unknown as FastifyReply;
  const page = pageOf({ url }, reply, query, items, padded);
  const next = /^<(\/v1\/x\?.*)>; rel="next"$/.exec(link ?? '')?.[1];
  return { page, next: next === undefined ? undefined : new URL(next, 'http://x').searchParams };
}

test('without limit or cursor a list is whole and as it is', () => {
  assert.deepEqual(ask([3, 1, 2], {}), { page: [3, 1, 2], next: undefined });
});

test('pages follow each other by their Link, in the order of their keys, to the last', () => {
  const items = [5, 100, 20, 3, 1];
  const first = ask(items, { limit: '2' });
  assert.deepEqual(first.page, [1, 3]);
  assert.equal(first.next?.get('a'), 'b', 'what was asked is asked again');
  const second = ask(items, { limit: '2', cursor: first.next?.get('cursor') as string });
  assert.deepEqual(second.page, [5, 20]);
  const last = ask(items, { limit: '2', cursor: second.next?.get('cursor') as string });
  assert.deepEqual(last, { page: [100], next: undefined });
});

test('what goes or comes between two pages neither hides nor repeats another', () => {
  const { next } = ask([1, 2, 3, 4], { limit: '2' });
  const cursor = next?.get('cursor') as string;
  assert.deepEqual(ask([0, 1, 3, 4], { limit: '2', cursor }).page, [3, 4]);
});

for (const query of [{ limit: '0' }, { limit: '1001' }])
  test(`limit ${query.limit} is refused`, () => {
    assert.throws(() => ask([], query), { code: 'BODY_INVALID', field: 'limit' });
  });

test('a cursor that is none is refused; trees have no pages', () => {
  assert.throws(() => ask([], { cursor: '!' }), { code: 'BODY_INVALID', field: 'cursor' });
  assert.throws(() => noPages({ limit: '1' }), { code: 'BODY_INVALID', field: 'limit' });
  assert.throws(() => noPages({ cursor: 'MQ' }), { code: 'BODY_INVALID', field: 'cursor' });
  noPages({});
});
