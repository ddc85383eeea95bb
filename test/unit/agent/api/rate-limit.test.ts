import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimit } from '#agent/api/rate-limit.js';

function limit(perSecond: number, burst: number) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  return { clock, rate: new RateLimit({ perSecond, burst, clock }) };
}

test('a burst is let through, then as many as the rate; another address has its own', () => {
  const { clock, rate } = limit(10, 3);
  assert.deepEqual(
    Array.from({ length: 4 }, () => rate.take('10.0.0.1')),
    [0, 0, 0, 0.1],
  );
  assert.equal(rate.take('10.0.0.2'), 0);
  clock.nowMs = 50;
  assert.equal(rate.take('10.0.0.1'), 0.05);
  clock.nowMs = 100;
  assert.equal(rate.take('10.0.0.1'), 0);
  assert.ok(rate.take('10.0.0.1') > 0);
  clock.nowMs = 1_000_000;
  assert.deepEqual(
    Array.from({ length: 4 }, () => rate.take('10.0.0.1') > 0),
    [false, false, false, true],
    'a long rest gives a burst, not more',
  );
});

test('what costs more uses up the burst, and is over as soon as one request would be', () => {
  const { clock, rate } = limit(1, 20);
  assert.equal(rate.take('a', 100), 0);
  assert.equal(rate.take('a'), 1);
  clock.nowMs = 1000;
  assert.equal(rate.take('a'), 0);
});

for (const [one, same, other] of [
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['fe80::1%eth0', 'fe80::2', 'fe81::1'],
  ['::ffff:10.0.0.1', '10.0.0.1', '::ffff:10.0.0.2'],
  ['::1', '::2', '1::'],
] as [string, string, string][])
  test(`${one} and ${same} are one client, ${other} is another`, () => {
    const { rate } = limit(1, 1);
    assert.equal(rate.take(one), 0);
    assert.equal(rate.take(same), 1);
    assert.equal(rate.take(other), 0);
  });

test('what is remembered is bounded: those that rest are forgotten, else the oldest', () => {
  const { clock, rate } = limit(1, 2);
  for (let index = 0; index < 25_000; index += 1) rate.take(`10.1.${index >> 8}.${index & 255}`);
  assert.ok(rate.size <= 10_000);
  clock.nowMs = 2000;
  rate.take('10.2.0.1');
  assert.equal(rate.size, 1, 'all others have rested');
});
