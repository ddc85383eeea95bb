import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalInput } from '#agent/contract/journal.js';
import type { PolicyBackend } from '#agent/contract/policy.js';
import { journaledPolicies, policyFileNotes } from '#agent/policy/journaled-backend.js';
import type { JournalWriter } from '#agent/store/journal/journal.js';
import { MemoryPolicies } from '#test/support/memory-policies.js';

function recorder(): { rows: JournalInput[]; journal: JournalWriter } {
  const rows: JournalInput[] = [];
  const journal = { record: (row: JournalInput) => rows.push(row), death: () => undefined, durable: () => Promise.resolve() };
  return { rows, journal: journal as JournalWriter };
}

/** What of a row these tests look at. */
const told = ({ actor, action, before, after, result, error, values }: JournalInput) => ({
  actor,
  action,
  before,
  after,
  result,
  error,
  policy: values?.policy,
});

test('What is put and removed is told with the text before and after, refusals with their code', async () => {
  const memory = new MemoryPolicies();
  const { rows, journal } = recorder();
  const find = (name: string) => {
    const text = memory.texts.get(name);
    return text === undefined ? undefined : { name, source: 'api', text };
  };
  const backend: PolicyBackend = {
    list: () => memory.list(),
    get: (name) => memory.get(name),
    put: (name, text) => memory.put(name, text),
    remove: (name) => memory.remove(name),
    validate: (text, file) => memory.validate(text, file),
    diff: (text, file) => memory.diff(text, file),
  };
  const policies = journaledPolicies(backend, find, journal);
  await policies.put('a', 'one');
  await policies.put('a', 'two');
  await policies.remove('a');
  await assert.rejects(policies.remove('a'), { code: 'POLICY_NOT_FOUND' });
  const common = { actor: undefined, policy: 'a' };
  const done = { ...common, result: undefined, error: undefined };
  assert.deepEqual(rows.map(told), [
    { ...done, action: 'policy-put', before: null, after: 'one' },
    { ...done, action: 'policy-put', before: 'one', after: 'two' },
    { ...done, action: 'policy-rm', before: 'two', after: null },
    { ...common, action: 'policy-rm', before: null, after: null, result: 'refused', error: 'POLICY_NOT_FOUND: no policy a' },
  ]);
});

test('Policies that come, change and go with files are told, those of the API and those that stay are not', () => {
  const { rows, journal } = recorder();
  let now = [
    { name: 'stays', source: '/etc/a.yaml', text: 'same' },
    { name: 'changes', source: '/etc/a.yaml', text: 'one' },
    { name: 'goes', source: '/etc/b.yaml', text: 'old' },
    { name: 'api', source: 'api', text: 'x' },
  ];
  const notes = policyFileNotes(() => now, journal);
  now = [
    { name: 'stays', source: '/etc/a.yaml', text: 'same' },
    { name: 'changes', source: '/etc/a.yaml', text: 'two' },
    { name: 'comes', source: '/etc/c.yaml', text: 'new' },
    { name: 'api', source: 'api', text: 'y' },
  ];
  notes.changed();
  notes.changed();
  const common = { actor: 'agent', result: undefined, error: undefined };
  assert.deepEqual(rows.map(told), [
    { ...common, action: 'policy-put', before: 'one', after: 'two', policy: 'changes' },
    { ...common, action: 'policy-put', before: null, after: 'new', policy: 'comes' },
    { ...common, action: 'policy-rm', before: 'old', after: null, policy: 'goes' },
  ]);
  assert.equal(rows[2]?.reason, '/etc/b.yaml changed');
});
