import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventLog } from '#agent/containers/events.js';
import type { EventView } from '#agent/contract/container.js';
import { FakeClock } from '#test/support/fake-clock.js';

async function take(events: AsyncIterator<EventView>, count: number): Promise<EventView[]> {
  const taken: EventView[] = [];
  while (taken.length < count) taken.push((await events.next()).value as EventView);
  return taken;
}

test('ids rise, across a restart of the agent too', () => {
  const clock = new FakeClock(1_000);
  const ids: number[] = [];
  for (let agent = 0; agent < 2; agent += 1) {
    const log = new EventLog(clock, 10);
    for (let i = 0; i < 5; i += 1) log.emit('x', undefined);
    ids.push(...lastIds(log));
    clock.advance(1);
  }
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  assert.equal(new Set(ids).size, ids.length);
});

function lastIds(log: EventLog): number[] {
  return log.kept().map((event) => event.id);
}

test('a subscriber gets what came after its last id, then what comes', async () => {
  const log = new EventLog(new FakeClock(5), 100);
  log.emit('create', undefined);
  log.emit('start', undefined, { pid: 7 });
  const [first] = log.kept();
  const controller = new AbortController();
  const events = log.subscribe(first!.id, controller.signal);
  assert.deepEqual((await take(events, 1))[0]?.attributes, { pid: 7 });
  const next = take(events, 1);
  log.emit('die', { id: 'i', name: 'n', image: 'host:', runtime: 'tsgov' });
  assert.equal((await next)[0]?.container?.name, 'n');
  controller.abort();
  assert.equal((await events.next()).done, true);
});

test('without a last id only what comes', async () => {
  const log = new EventLog(new FakeClock(5), 100);
  log.emit('old', undefined);
  const events = log.subscribe(undefined, new AbortController().signal);
  const next = take(events, 1);
  await Promise.resolve();
  log.emit('new', undefined);
  assert.equal((await next)[0]?.type, 'new');
});

test('an id of an earlier agent gives all that is kept', async () => {
  const log = new EventLog(new FakeClock(5_000), 100);
  log.emit('a', undefined);
  log.emit('b', undefined);
  const events = log.subscribe(17, new AbortController().signal);
  assert.deepEqual(
    (await take(events, 2)).map((event) => event.type),
    ['a', 'b'],
  );
});

test('a slow subscriber loses the oldest, is told how many, and goes on', async () => {
  const log = new EventLog(new FakeClock(5), 10);
  const events = log.subscribe(0, new AbortController().signal);
  for (let i = 0; i < 25; i += 1) log.emit('n', undefined, { i });
  const [gap, ...rest] = await take(events, 11);
  assert.equal(gap?.type, 'gap');
  assert.equal(gap?.attributes.missed, 15);
  assert.deepEqual(
    rest.map((event) => event.attributes.i),
    [15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
  );
  assert.ok(gap!.id < rest[0]!.id);
});

test('aborting wakes a waiting subscriber and leaves no listener', async () => {
  const log = new EventLog(new FakeClock(5), 10);
  const controller = new AbortController();
  const next = log.subscribe(undefined, controller.signal).next();
  await Promise.resolve();
  controller.abort();
  assert.equal((await next).done, true);
  log.emit('x', undefined);
});
