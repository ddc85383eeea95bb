import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerdictCache } from '#agent/policy/verdict-cache.js';

const subject = (name: string) => ({ name, image: 'host:', labels: {}, runtime: 'tsgov', cgroup: `/tsgov/${name}` });

test('a verdict is worked out once for each subject, and anew past an edge of a schedule or where the clock was set back', () => {
  const edges = [1000, 2000, undefined];
  const cache = new VerdictCache([], (nowMs) => edges.find((edge) => edge === undefined || edge > nowMs));
  const first = cache.verdict(subject('a'), 500);
  assert.equal(cache.verdict(subject('a'), 999), first);
  assert.notEqual(cache.verdict(subject('b'), 999), first);
  assert.notEqual(cache.verdict({ ...subject('a'), labels: { tier: 'x' } }, 999), first);
  const second = cache.verdict(subject('a'), 1000);
  assert.notEqual(second, first);
  assert.equal(cache.verdict(subject('a'), 1999), second);
  assert.notEqual(cache.verdict(subject('a'), 800), second, 'set back');
  const last = cache.verdict(subject('a'), 5000);
  assert.equal(cache.verdict(subject('a'), 5_000_000), last, 'no edge is left');
});
