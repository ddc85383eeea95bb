import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { JournalThread } from '#agent/store/journal/journal-thread.js';
import { openJournal } from '#agent/store/journal/open-journal.js';
import { FakeClock } from '#test/support/fake-clock.js';
import { tempDir } from '#test/support/temp.js';

const RETENTION = { maxAgeMs: 1e15, maxBytes: 1e9 };

/** A worker that ends without a word at its first question, and answers once it was started again. */
const FRAGILE = `import { existsSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
const mark = workerData.journal.path + '.mark';
parentPort.on('message', ({ id }) => {
  if (existsSync(mark)) return parentPort.postMessage({ kind: 'answer', id, answer: { entries: [], next: null } });
  writeFileSync(mark, '');
  process.exit(3);
});
`;

test('A thread that ended fails what was asked of it, and is started again at the next question', async (t) => {
  const dir = tempDir(t);
  const script = join(dir, 'worker.mjs');
  writeFileSync(script, FRAGILE);
  const thread = new JournalThread({
    workerUrl: pathToFileURL(script),
    journal: { path: join(dir, 'a'), retention: RETENTION },
    history: { path: join(dir, 'b'), retention: RETENTION },
    nowMs: () => 0,
    warn: () => undefined,
  });
  await assert.rejects(thread.ask('journal', { limit: 1 }), { code: 'THREAD_ENDED' });
  assert.deepEqual(await thread.ask('journal', { limit: 1 }), { entries: [], next: null });
});

test('What was recorded is there after a close, and nothing can be asked any more', async (t) => {
  const root = tempDir(t);
  const open = () =>
    openJournal({
      root,
      state: root,
      workerUrl: new URL('../../../../../agent/store/journal/worker.js', import.meta.url),
      clock: new FakeClock(1000),
      retention: RETENTION,
      historyRetention: RETENTION,
      emit: (type, _subject, attributes) => assert.fail(`${type} ${JSON.stringify(attributes)}`),
    });
  const first = open();
  first.journal.record({ action: 'limit', reason: 'one' });
  await first.close();
  assert.ok(!existsSync(join(root, 'tsgov.db-wal')), 'all is in the one file');
  await assert.rejects(first.journal.journal({ limit: 1 }), { code: 'CLOSED' });
  const second = open();
  const { entries } = await second.journal.journal({ limit: 10 });
  assert.deepEqual(
    entries.map(({ reason, time }) => [reason, time]),
    [['one', '1970-01-01T00:00:01.000Z']],
  );
  assert.deepEqual(second.conditions(), []);
  await second.close();
});
