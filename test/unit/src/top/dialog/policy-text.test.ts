import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withNames } from '#src/top/dialog/policy-text.js';

const policy = (match: string) =>
  `# why\napiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: p}\nspec:\n  match: ${match}\n  limits: {pids: {max: 9}} # nine\n`;

test('names are added to those it matches, and the rest stays as it was written', () => {
  const changed = withNames(policy('{name: [web-*]}'), ['api', 'db[1]*']);
  assert.ok('text' in changed);
  assert.match(changed.text, /^# why\n/);
  assert.match(changed.text, /# nine/);
  assert.match(changed.text, /name: \[ web-\*, api, "?db\\+\[1\\+\]\\+\*"? \]/);
  const single = withNames(policy('{name: web}'), ['api']);
  assert.match('text' in single ? single.text : '', /name: \[ web, api \]/);
});

test('a policy that matches by something else, or that is none, is not narrowed by a name', () => {
  for (const [text, reason] of [
    [policy('{label: {tier: web}}'), /matches by label/],
    [policy('{name: [a], runtime: docker}'), /matches by runtime/],
    [policy('{name: [api]}'), /already/],
    ['spec: [', /no match/],
    ['', /no match/],
  ] as const) {
    const changed = withNames(text, ['api']);
    assert.match('reason' in changed ? changed.reason : changed.text, reason);
  }
});
