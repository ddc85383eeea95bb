import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '#src/cli/flags/usage-error.js';
import { detachWatcher, parseDetachKeys } from '#src/cli/session/detach-keys.js';

for (const [text, bytes] of [
  ['ctrl-p,ctrl-q', [16, 17]],
  ['ctrl-P', [16]],
  ['a,b', [97, 98]],
  ['ctrl-@,ctrl-_', [0, 31]],
  ['ctrl-\\', [28]],
  ['', []],
] as [string, number[]][]) {
  test(`detach keys ${JSON.stringify(text)}`, () => assert.deepEqual([...parseDetachKeys(text)], bytes));
}

for (const text of ['ctrl-', 'ctrl-1', 'ab', ',', 'ctrl-p,', 'é']) {
  test(`no detach keys: ${text}`, () => assert.throws(() => parseDetachKeys(text), UsageError));
}

function type(keys: string, ...chunks: string[]): [sent: string, detached: boolean] {
  const watch = detachWatcher(Buffer.from(keys));
  let sent = '';
  for (const chunk of chunks) {
    const { forward, detached } = watch(Buffer.from(chunk));
    sent += forward.toString();
    if (detached) return [sent, true];
  }
  return [sent, false];
}

test('the keys detach, also across chunks, and are not sent', () => {
  assert.deepEqual(type('pq', 'abpq'), ['ab', true]);
  assert.deepEqual(type('pq', 'abp', 'q'), ['ab', true]);
  assert.deepEqual(type('pq', 'a', 'p', 'q', 'rest'), ['a', true]);
});

test('keys that begin the sequence and then go elsewhere are sent after all', () => {
  assert.deepEqual(type('pq', 'p', 'x'), ['px', false]);
  assert.deepEqual(type('pq', 'ppq'), ['p', true]);
  assert.deepEqual(type('aab', 'aaab'), ['a', true]);
  assert.deepEqual(type('abac', 'ababac'), ['ab', true]);
  assert.deepEqual(type('abab', 'aabab'), ['a', true]);
});

test('without keys nothing detaches', () => assert.deepEqual(type('', 'anything\x10\x11'), ['anything\x10\x11', false]));
