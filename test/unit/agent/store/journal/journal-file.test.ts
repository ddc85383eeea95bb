import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeathInput } from '#agent/contract/journal.js';
import { openDatabase } from '#agent/store/database/open-database.js';
import type { NewEntry } from '#agent/store/journal/entry-rows.js';
import { JournalFile } from '#agent/store/journal/journal-file.js';
import { type Teardown, tempDir } from '#test/support/temp.js';

const DAY_MS = 86_400_000;
const CONTAINER = { id: 'ab'.repeat(32), name: 'web', image: 'host:', runtime: 'tsgov' };

test('What was written is read back as it was, the newest first, page by page', (t) => {
  const { file } = journalIn(tempDir(t), t);
  const written = [1, 2, 3, 4, 5].map((n) =>
    entry({ timeMs: n * 1000, before: n, after: n % 2 === 0 ? 'max' : null, values: { pid: n } }),
  );
  file.write({ entries: written, deaths: [] }, 0);
  const first = file.journal({ limit: 2 }, 0);
  assert.deepEqual(
    first.entries.map(({ before }) => before),
    [5, 4],
  );
  const rest = file.journal({ limit: 10, cursor: first.next! }, 0);
  assert.deepEqual(
    rest.entries.map(({ before }) => before),
    [3, 2, 1],
  );
  assert.equal(rest.next, null);
  const { id, time, ...read } = rest.entries[0]!;
  const { timeMs, ...wrote } = written[2]!;
  assert.equal(id, 3);
  assert.equal(time, new Date(timeMs).toISOString());
  assert.deepEqual(read, wrote);
});

test('Entries are found by container, time, policy and action', (t) => {
  const { file } = journalIn(tempDir(t), t);
  const other = { ...CONTAINER, id: 'cd'.repeat(32), name: 'db' };
  file.write(
    {
      entries: [
        entry({ timeMs: 1000, actor: 'policy/batch', action: 'limit' }),
        entry({ timeMs: 2000, actor: 'rule/batch/back-off', action: 'freeze', container: other }),
        entry({ timeMs: 3000, action: 'policy-put', container: null, values: { policy: 'batch' } }),
        entry({ timeMs: 4000, actor: 'policy/other', action: 'limit' }),
      ],
      deaths: [],
    },
    0,
  );
  const times = (query: object): number[] => file.journal({ limit: 10, ...query }, 0).entries.map(({ time }) => Date.parse(time));
  assert.deepEqual(times({ container: 'db' }), [2000]);
  assert.deepEqual(times({ container: 'abab' }), [4000, 1000]);
  assert.deepEqual(times({ container: 'xyz' }), []);
  assert.deepEqual(times({ policy: 'batch' }), [3000, 2000, 1000]);
  assert.deepEqual(times({ action: 'limit', sinceMs: 1001 }), [4000]);
  assert.deepEqual(times({ sinceMs: 2000, untilMs: 4000 }), [3000, 2000]);
});

test('A death told twice is one record', (t) => {
  const { file } = journalIn(tempDir(t), t);
  file.write({ entries: [], deaths: [death(5000)] }, 0);
  file.write({ entries: [], deaths: [death(5000), death(9000)] }, 0);
  const { deaths } = file.deaths({ limit: 10 }, 0);
  assert.deepEqual(
    deaths.map(({ finishedAt }) => Date.parse(finishedAt)),
    [9000, 5000],
  );
  const { id: _id, ...read } = deaths[1]!;
  assert.deepEqual(read, death(5000));
});

test('Old entries go by age, and the file gets smaller when it is too large', (t) => {
  const dir = tempDir(t);
  const { file } = journalIn(dir, t, { maxAgeMs: 30 * DAY_MS, maxBytes: 400_000 });
  const fill = 'x'.repeat(1000);
  const at = (timeMs: number, count: number): NewEntry[] => Array.from({ length: count }, () => entry({ timeMs, reason: fill }));
  file.write({ entries: at(0, 50), deaths: [death(0)] }, 0);
  file.write({ entries: at(20 * DAY_MS, 50), deaths: [] }, 20 * DAY_MS);
  file.maintain(20 * DAY_MS);
  assert.equal(count(file), 100, 'nothing is old or much yet');
  file.maintain(31 * DAY_MS);
  assert.equal(count(file), 50, 'what is older than 30 days went');
  assert.equal(file.deaths({ limit: 10 }, 0).deaths.length, 0);
  file.write({ entries: at(32 * DAY_MS, 2000), deaths: [] }, 32 * DAY_MS);
  file.maintain(32 * DAY_MS);
  const left = count(file);
  assert.ok(left < 400 && left > 100, `${left} rows are left`);
  assert.equal(file.journal({ limit: 1 }, 0).entries[0]?.id, 2100, 'the newest stays');
  file.close();
  assert.ok(statSync(join(dir, 'tsgov.db')).size < 500_000, 'the space went back to the file system');
});

test('The database is for its owner only', (t) => {
  const dir = tempDir(t);
  const { file } = journalIn(dir, t);
  file.write({ entries: [entry({})], deaths: [] }, 0);
  for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600, name);
});

for (const [what, spoil] of [
  ['no database', (path: string) => writeFileSync(path, 'not a database at all '.repeat(500))],
  ['cut short', (path: string) => truncateSync(path, 8192)],
] as const)
  test(`A database that is ${what} is set aside and a new one begun`, (t) => {
    const dir = tempDir(t);
    const first = journalIn(dir, t);
    first.file.write({ entries: Array.from({ length: 500 }, () => entry({})), deaths: [] }, 0);
    first.file.close();
    spoil(join(dir, 'tsgov.db'));
    const spoiled = readFileSync(join(dir, 'tsgov.db'));
    const second = journalIn(dir, t);
    second.file.write({ entries: [entry({ reason: 'after' })], deaths: [] }, 7000);
    assert.equal(count(second.file), 1);
    assert.equal(second.warnings.length, 1);
    const aside = readdirSync(dir).find((name) => name.startsWith('tsgov.db.broken-1970') && !/-(wal|shm)$/.test(name));
    assert.ok(aside !== undefined && second.warnings[0]?.includes(aside), second.warnings[0]);
    assert.deepEqual(readFileSync(join(dir, aside)), spoiled);
  });

test('A database that is found damaged while it is in use is set aside, too', (t) => {
  const dir = tempDir(t);
  const { file, warnings } = journalIn(dir, t);
  file.write({ entries: Array.from({ length: 2000 }, () => entry({ reason: 'x'.repeat(2000) })), deaths: [] }, 0);
  const path = join(dir, 'tsgov.db');
  file.close();
  const again = journalIn(dir, t);
  again.file.journal({ limit: 1 }, 0);
  writeFileSync(path, Buffer.alloc(statSync(path).size, 0x55));
  assert.equal(count(again.file), 0, 'reading goes on with the new one');
  again.file.write({ entries: [entry({ reason: 'after' })], deaths: [] }, 0);
  assert.equal(again.file.journal({ limit: 1 }, 0).entries[0]?.reason, 'after');
  assert.deepEqual([warnings.length, again.warnings.length], [0, 1]);
});

test('A database of an older schema is brought to the newest with what it has, one of a newer tsgov is set aside', (t) => {
  const path = join(tempDir(t), 'any.db');
  const open = (migrations: string[]) => {
    const opened = openDatabase({ path, migrations, synchronous: 'FULL', nowMs: 0 });
    t.after(() => opened.db.close());
    return opened;
  };
  const one = ['CREATE TABLE a (x INTEGER)'];
  const two = [...one, 'ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7'];
  const old = open(one);
  old.db.exec('INSERT INTO a VALUES (1)');
  old.db.close();
  const migrated = open(two);
  const { x, y } = migrated.db.prepare('SELECT * FROM a').get() as { x: number; y: number };
  assert.deepEqual({ x, y }, { x: 1, y: 7 });
  migrated.db.close();
  const newer = open(one);
  assert.match(newer.setAside?.reason ?? '', /schema version 2, this tsgov knows 1/);
  assert.equal(newer.db.prepare('SELECT * FROM a').all().length, 0);
});

test('A migration that fails leaves the database at the version before', (t) => {
  const path = join(tempDir(t), 'any.db');
  const good = ['CREATE TABLE a (x INTEGER)'];
  openDatabase({ path, migrations: good, synchronous: 'FULL', nowMs: 0 }).db.close();
  assert.throws(
    () => openDatabase({ path, migrations: [...good, 'CREATE TABLE b (x); CREATE TABLE a (x)'], synchronous: 'FULL', nowMs: 0 }),
    /already exists/,
  );
  const { db } = openDatabase({ path, migrations: good, synchronous: 'FULL', nowMs: 0 });
  t.after(() => db.close());
  assert.deepEqual(
    db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map((row) => (row as { name: string }).name),
    ['a'],
  );
});

test('What cannot be opened for another reason is left as it is, and tried again at the next use', (t) => {
  const dir = tempDir(t);
  const missing = join(dir, 'gone');
  const { file, warnings } = journalIn(missing, t);
  assert.throws(() => file.write({ entries: [entry({})], deaths: [] }, 0), /ENOENT/);
  chmodSync(dir, 0o700);
  assert.deepEqual(readdirSync(dir), []);
  assert.deepEqual(warnings, []);
});

function journalIn(
  dir: string,
  t: Teardown,
  retention = { maxAgeMs: 365 * DAY_MS * 60, maxBytes: 1 << 30 },
): { file: JournalFile; warnings: string[] } {
  const warnings: string[] = [];
  const file = new JournalFile({ path: join(dir, 'tsgov.db'), retention, warn: (_operation, message) => warnings.push(message) });
  t.after(() => file.close());
  return { file, warnings };
}

function count(file: JournalFile): number {
  return file.journal({ limit: 100_000 }, 0).entries.length;
}

function entry(change: Partial<NewEntry>): NewEntry {
  return {
    timeMs: 0,
    container: CONTAINER,
    actor: 'user',
    action: 'limit',
    field: 'memory.max',
    reason: 'a person asked for it',
    before: null,
    after: 1024,
    result: 'done',
    error: null,
    undo: null,
    values: {},
    ...change,
  };
}

function death(finishedMs: number): DeathInput {
  return {
    container: CONTAINER,
    startedAt: new Date(finishedMs - 1000).toISOString(),
    finishedAt: new Date(finishedMs).toISOString(),
    exitCode: 137,
    signal: 'SIGKILL',
    oomKilled: true,
    oom: { victim: { pid: 7, comm: 'hog' }, level: '/a', source: '/dev/kmsg' },
    cgroup: '/tsgov/x',
    error: null,
    restartCount: 2,
    restarts: true,
    lastSample: null,
  };
}
