import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextEdge, Schedule } from '#agent/policy/schedule.js';
import { followEdges } from '#agent/policy/schedule-timer.js';
import { FakeClock } from '#test/support/fake-clock.js';

const at = (text: string): number => Date.parse(text);
const MINUTE = 60_000;

test('a window is from its beginning on, and no longer at its end', () => {
  const night = new Schedule('0 22 * * *', '8h', 'UTC');
  assert.deepEqual(night.at(at('2026-01-01T21:59:59.999Z')), { inside: false, edgeMs: at('2026-01-01T22:00:00Z') });
  assert.deepEqual(night.at(at('2026-01-01T22:00:00Z')), { inside: true, edgeMs: at('2026-01-02T06:00:00Z') });
  assert.deepEqual(night.at(at('2026-01-02T05:59:59.999Z')), { inside: true, edgeMs: at('2026-01-02T06:00:00Z') });
  assert.deepEqual(night.at(at('2026-01-02T06:00:00Z')), { inside: false, edgeMs: at('2026-01-02T22:00:00Z') });
});

test('the clock goes any way: what was worked out for one day is not used for another', () => {
  const night = new Schedule('0 22 * * *', '8h', 'UTC');
  for (const day of ['05', '02', '20', '01']) {
    assert.equal(night.at(at(`2026-03-${day}T23:00:00Z`)).inside, true, day);
    assert.equal(night.at(at(`2026-03-${day}T12:00:00Z`)).inside, false, day);
  }
});

test('clocks that change: a window lasts as long as any other, and begins once', () => {
  // 2:00 becomes 3:00 on 29 March 2026 in Berlin, and 3:00 becomes 2:00 on 25 October.
  const spring = new Schedule('30 2 * * *', '1h', 'Europe/Berlin');
  assert.equal(spring.at(at('2026-03-29T00:59:00Z')).inside, false);
  assert.equal(spring.at(at('2026-03-29T01:00:00Z')).inside, true, '2:30 is not there: at 3:00');
  assert.equal(spring.at(at('2026-03-29T02:00:00Z')).inside, false);
  const autumn = new Schedule('0 22 * * *', '8h', 'Europe/Berlin');
  assert.deepEqual(autumn.at(at('2026-10-24T20:00:00Z')), { inside: true, edgeMs: at('2026-10-25T04:00:00Z') });
  const twice = new Schedule('30 2 * * *', '30m', 'Europe/Berlin');
  assert.equal(twice.at(at('2026-10-25T00:30:00Z')).inside, true, '2:30 the first time');
  assert.equal(twice.at(at('2026-10-25T01:30:00Z')).inside, false, '2:30 the second time');
});

test('the next edge that is shown: windows that follow on each other are one, some never end, some never come', () => {
  const now = at('2026-01-01T12:00:30Z');
  const always = new Schedule('* * * * *', '2m', 'UTC');
  assert.equal(nextEdge([always], now), undefined);
  assert.equal(always.at(now).inside, true);
  const never = new Schedule('0 0 30 2 *', '1h', 'UTC');
  assert.deepEqual(never.at(now), { inside: false, edgeMs: undefined });
  assert.equal(nextEdge([never], now), undefined);
  const hourly = new Schedule('0 12-13 * * *', '90m', 'UTC');
  const night = new Schedule('0 22 * * *', '8h', 'UTC');
  assert.deepEqual(nextEdge([night, hourly], now), { at: '2026-01-01T14:30:00.000Z', cron: '0 12-13 * * *', opens: false });
  assert.deepEqual(nextEdge([night], now), { at: '2026-01-01T22:00:00.000Z', cron: '0 22 * * *', opens: true });
});

test('the timer of a one-minute cron: told at every edge, armed anew, ended', () => {
  const clock = new FakeClock(at('2026-01-01T00:00:10Z'));
  const schedule = new Schedule('* * * * *', '20s', 'UTC');
  const told: string[] = [];
  const edges = followEdges(
    clock,
    (nowMs) => schedule.at(nowMs).edgeMs,
    () => told.push(`${new Date(clock.nowMs()).toISOString().slice(14, 19)} ${schedule.at(clock.nowMs()).inside}`),
  );
  edges.renew();
  clock.advance(2 * MINUTE);
  assert.deepEqual(told, ['00:20 false', '01:00 true', '01:20 false', '02:00 true']);
  edges.close();
  assert.equal(clock.pending, 0);
});

test('a clock that is set forward is noticed within a minute', () => {
  const clock = new FakeClock(at('2026-01-01T00:00:00Z'));
  let aheadMs = 0;
  const told: number[] = [];
  const schedule = new Schedule('0 12 * * *', '1h', 'UTC');
  const jumping = { nowMs: () => clock.nowMs() + aheadMs, after: clock.after.bind(clock) };
  followEdges(
    jumping,
    (nowMs) => schedule.at(nowMs).edgeMs,
    () => told.push(jumping.nowMs()),
  ).renew();
  clock.advance(MINUTE);
  aheadMs = 12 * 60 * MINUTE;
  clock.advance(MINUTE);
  assert.equal(told.length, 1);
});

test('the same schedule read again is equal: a file read again is no other policy', () => {
  const [one, other] = [new Schedule('0 22 * * *', '8h'), new Schedule('0 22 * * *', '8h')];
  one.at(0);
  assert.deepEqual(one, other);
  assert.notDeepEqual(one, new Schedule('0 22 * * *', '9h'));
});
