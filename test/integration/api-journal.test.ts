import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalEntry } from '#agent/contract/journal.js';
import { MemoryJournal } from '#test/support/memory-journal.js';
import { MemoryPolicies } from '#test/support/memory-policies.js';
import { call, startTestApi } from '#test/support/test-api.js';

const NOW_MS = Date.parse('2026-01-01T00:00:10Z');

test('What is asked of journal, deaths and history is handed on, and answered', async (t) => {
  const journal = new MemoryJournal();
  const { client } = await startTestApi(t, { journal, history: journal });
  const entry = { id: 7, action: 'limit' } as JournalEntry;
  journal.page = { entries: [entry], next: '7' };
  const page = await client.journal({ container: 'web', policy: 'batch', action: 'limit', since: '10s', limit: 5, cursor: '9' });
  assert.deepEqual(page, journal.page);
  await client.deaths({ container: 'web', until: '2026-01-01T00:00:00Z' });
  assert.equal((await client.moment('10s')).at, '2026-01-01T00:00:00.000Z');
  assert.deepEqual(journal.moments, [Date.parse('2026-01-01T00:00:00Z')]);
  await client.history('web', { from: '1m', step: '10s', fields: ['cpu.usage', 'memory.current'] });
  assert.deepEqual(journal.asked, [
    { container: 'web', policy: 'batch', action: 'limit', cursor: '9', limit: 5, sinceMs: NOW_MS - 10_000, untilMs: undefined },
    { container: 'web', cursor: undefined, limit: 100, sinceMs: undefined, untilMs: NOW_MS - 10_000 },
    { container: 'web', fromMs: NOW_MS - 60_000, toMs: NOW_MS, stepMs: 10_000, fields: ['cpu.usage', 'memory.current'] },
  ]);
});

test('A change is answered once the journal is on disk, also one that is refused; reading waits for nothing', async (t) => {
  const journal = new MemoryJournal();
  const { client, socket } = await startTestApi(t, { journal });
  await client.list();
  assert.equal(journal.waits, 0);
  await client.create({ image: 'host:', name: 'one' });
  assert.equal(journal.waits, 1);
  await assert.rejects(client.freeze('nobody'), { code: 'CONTAINER_NOT_FOUND' });
  assert.equal(journal.waits, 2);
  assert.equal((await call(socket, 'DELETE', '/v1/policies/none')).status, 404);
  assert.equal(journal.waits, 3);
});

test('A test of a policy is handed on with its time and container, and changes nothing', async (t) => {
  const policies = new MemoryPolicies();
  const { client } = await startTestApi(t, { policies, policyTests: policies });
  const result = await client.testPolicies('the text', { file: 'x.yaml', since: '1h', until: '10s', container: 'web' });
  assert.equal(result.rules, 0);
  const query = { fromMs: NOW_MS - 3_600_000, toMs: NOW_MS - 10_000, container: 'web' };
  assert.deepEqual(policies.tested, [{ text: 'the text', file: 'x.yaml', query }]);
  assert.deepEqual([...policies.texts], []);
});

for (const [path, field] of [
  ['/v1/journal?action=dance', 'action'],
  ['/v1/journal?cursor=x', 'cursor'],
  ['/v1/journal?limit=0', 'limit'],
  ['/v1/journal?limit=1001', 'limit'],
  ['/v1/journal?since=yesterday', 'since'],
  ['/v1/journal?who=me', 'who'],
  ['/v1/deaths?policy=batch', 'policy'],
  ['/v1/deaths?container=', 'container'],
  ['/v1/containers/x/history?step=often', 'step'],
  ['/v1/containers/x/history?from=never', 'from'],
  ['/v1/containers/x/history?from=1m&to=2m', 'from'],
  ['/v1/containers/x/history?step=500ms', 'step'],
  ['/v1/containers/x/history?from=240h&step=1s', 'step'],
  ['/v1/containers/x/history?fields=memory.current,memory.bogus', 'fields'],
  ['/v1/containers/x/history?fields=node.memory.available', 'fields'],
  ['/v1/containers/x/history?until=1m', 'until'],
  ['/v1/history', 'at'],
  ['/v1/history?at=never', 'at'],
] as const)
  test(`${path} is refused and names ${field}`, async (t) => {
    const { socket } = await startTestApi(t);
    const { status, problem } = await call(socket, 'GET', path);
    assert.deepEqual([status, problem.code, problem.field], [400, 'BODY_INVALID', field]);
  });
