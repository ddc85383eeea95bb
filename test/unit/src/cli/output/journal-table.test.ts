import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeathView, JournalEntry } from '#agent/contract/journal.js';
import { deathsTable, journalTable } from '#src/cli/output/journal-table.js';
import { textWidth } from '#src/cli/output/table.js';

const container = { id: 'ab'.repeat(32), name: 'a-container-with-a-long-name', image: 'host:', runtime: 'tsgov' };
const entry: JournalEntry = {
  id: 1,
  time: new Date(2026, 10, 21, 3, 39, 36).toISOString(),
  container,
  actor: 'rule/a-policy-with-a-long-name/and-a-rule',
  action: 'limit',
  field: 'memory.max',
  reason: 'memory.some.avg10 is 43.2, above 20 for 10 s',
  before: 1 << 30,
  after: 512 << 20,
  result: 'refused',
  error: 'LIMIT_REFUSED: no',
  undo: null,
  values: {},
};
const death: DeathView = {
  id: 1,
  container,
  startedAt: new Date(2026, 10, 21, 3, 0, 0).toISOString(),
  finishedAt: new Date(2026, 10, 21, 3, 39, 36).toISOString(),
  exitCode: 137,
  signal: 'SIGKILL',
  oomKilled: true,
  oom: { victim: { pid: 4321, comm: 'hog' }, level: '/tsgov/x', source: '/dev/kmsg' },
  cgroup: '/tsgov/x',
  error: null,
  restartCount: 2,
  restarts: true,
  lastSample: null,
};

test('Acts in a table of 100 columns, whatever their names; in full with the reason', () => {
  const policy: JournalEntry = {
    ...entry,
    action: 'policy-put',
    container: null,
    field: null,
    actor: 'user',
    values: { policy: 'batch' },
  };
  const text = journalTable([entry, { ...policy, before: null, after: 'apiVersion: …\nkind: …' }], { truncate: true });
  assert.equal(
    text,
    `TIME             CONTAINER        WHO                WHAT               CHANGE          RESULT
11-21 03:39:36   a-container-w…   rule/a-policy-w…   memory.max         1GiB → 512MiB   refused
11-21 03:39:36   -                user               policy-put batch                   refused
`,
  );
  for (const line of text.split('\n')) assert.ok(textWidth(line) <= 100, line);
  const full = journalTable([entry], { truncate: false });
  assert.match(
    full,
    /rule\/a-policy-with-a-long-name\/and-a-rule .* memory\.some\.avg10 is 43\.2, above 20 for 10 s +LIMIT_REFUSED: no/,
  );
});

test('Deaths in a table of 100 columns', () => {
  const unknown: DeathView = {
    ...death,
    exitCode: null,
    oomKilled: false,
    oom: null,
    signal: null,
    restarts: false,
    error: 'its monitor was killed',
  };
  const text = deathsTable([death, { ...unknown, startedAt: null }], { truncate: true });
  assert.equal(
    text,
    `TIME             CONTAINER        EXIT   WHY                      RAN          PEAK   RESTARTS
11-21 03:39:36   a-container-w…   137    OOM: hog (4321)          39 minutes   -      2, again
11-21 03:39:36   a-container-w…   ?      its monitor was killed   -            -      2
`,
  );
  for (const line of text.split('\n')) assert.ok(textWidth(line) <= 100, line);
});
