import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JournalInput } from '#agent/contract/journal.js';
import { actingAs } from '#agent/store/journal/acting.js';
import { Journal } from '#agent/store/journal/journal.js';
import { JournalFailure, type JournalThread } from '#agent/store/journal/journal-thread.js';
import type { Batch } from '#agent/store/journal/messages.js';
import { FakeClock } from '#test/support/fake-clock.js';

/** A disk that answers when told to. */
class SlowDisk {
  readonly batches: Batch[] = [];
  readonly written: string[] = [];
  #answer: { resolve: () => void; reject: (error: Error) => void }[] = [];

  ask(_kind: 'write', batch: Batch): Promise<null> {
    this.batches.push(batch);
    return new Promise((resolve, reject) => {
      this.#answer.push({
        resolve: () => {
          this.written.push(...batch.entries.map(({ reason }) => reason));
          resolve(null);
        },
        reject,
      });
    });
  }

  async write(): Promise<void> {
    this.#answer.shift()?.resolve();
    await nextTurn();
  }

  async fail(): Promise<void> {
    this.#answer.shift()?.reject(new JournalFailure('SQLITE_FULL', 'database or disk is full'));
    await nextTurn();
  }
}

function journalOn(disk: SlowDisk) {
  const clock = new FakeClock(1000);
  const troubles: { failing: boolean; lostRows: number }[] = [];
  const journal = new Journal({
    thread: disk as unknown as JournalThread,
    clock,
    onTrouble: ({ failing, lostRows }) => troubles.push({ failing, lostRows }),
  });
  return { journal, clock, troubles };
}

const row = (reason: string): JournalInput => ({ action: 'limit', reason });

/** Whether it has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), nextTurn(false)]);
}

test('Rows of one turn go together, those that come meanwhile as the next batch, and each waits for its own', async () => {
  const disk = new SlowDisk();
  const { journal } = journalOn(disk);
  journal.record(row('a'));
  journal.record(row('b'));
  await nextTurn();
  const first = journal.durable();
  journal.record(row('c'));
  const second = journal.durable();
  assert.deepEqual([disk.batches.length, await isDone(first), await isDone(second)], [1, false, false]);
  await disk.write();
  assert.deepEqual([disk.written, await isDone(first), await isDone(second)], [['a', 'b'], true, false]);
  await disk.write();
  assert.deepEqual([disk.written, await isDone(second), await isDone(journal.durable())], [['a', 'b', 'c'], true, true]);
  assert.equal(journal.health.writtenRows, 3);
});

test('Rows that cannot be written wait, are tried again, told of once, and keep nobody', async () => {
  const disk = new SlowDisk();
  const { journal, clock, troubles } = journalOn(disk);
  journal.record(row('a'));
  const first = journal.durable();
  await nextTurn();
  await disk.fail();
  assert.equal(await isDone(first), true);
  journal.record(row('b'));
  assert.equal(await isDone(journal.durable()), true, 'nobody waits while it fails');
  clock.advance(1000);
  await disk.fail();
  clock.advance(1000);
  await disk.write();
  assert.deepEqual(disk.written, ['a', 'b']);
  assert.deepEqual(troubles, [
    { failing: true, lostRows: 0 },
    { failing: false, lostRows: 0 },
  ]);
  assert.equal(journal.health.failure, undefined);
});

test('When too many wait the oldest are lost and counted', async () => {
  const disk = new SlowDisk();
  const { journal, clock, troubles } = journalOn(disk);
  for (let index = 0; index < 100; index += 1) journal.record(row(`old-${index}`));
  await nextTurn();
  await disk.fail();
  for (let index = 0; index < 2000; index += 1) journal.record(row(`new-${index}`));
  clock.advance(1000);
  await disk.write();
  assert.equal(disk.written.length, 2000);
  assert.ok(disk.written.every((reason) => reason.startsWith('new-')));
  assert.equal(journal.health.lostRows, 100);
  assert.deepEqual(troubles.at(-1), { failing: false, lostRows: 100 });
});

test('A disk that says nothing holds an answer up for five seconds', async () => {
  const { journal, clock } = journalOn(new SlowDisk());
  journal.record(row('a'));
  const waits = journal.durable();
  clock.advance(4999);
  assert.equal(await isDone(waits), false);
  clock.advance(1);
  assert.equal(await isDone(waits), true);
});

test('A row is of whoever asked, through all they started; of the agent when nobody did; and of whom it says', async () => {
  const disk = new SlowDisk();
  const { journal } = journalOn(disk);
  await actingAs({ actor: 'user', values: { uid: 7 } }, async () => {
    await nextTurn();
    journal.record({ ...row('asked'), values: { signal: 'SIGTERM' } });
    journal.record({ ...row('by policy'), actor: 'policy/p' });
  });
  journal.record(row('by itself'));
  await disk.write();
  const told = disk.batches.flatMap(({ entries }) => entries).map(({ reason, actor, values }) => ({ reason, actor, values }));
  assert.deepEqual(told, [
    { reason: 'asked', actor: 'user', values: { uid: 7, signal: 'SIGTERM' } },
    { reason: 'by policy', actor: 'policy/p', values: {} },
    { reason: 'by itself', actor: 'agent', values: {} },
  ]);
});
