import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NotUtf8 } from '#agent/contract/utf8-text.js';
import { loadFiles, type PolicyFile } from '#agent/policy/files.js';
import { parsePolicies } from '#agent/policy/parse.js';
import { CHECK_ON_TWO_CORES, policyText } from '#test/support/policy-text.js';

const one = (name: string, max = 1) => policyText(name, { match: { name: '*' }, limits: { pids: { max } } });

function load(
  before: ReadonlyMap<string, PolicyFile>,
  texts: Record<string, string>,
  api: string[] = [],
  unreadable: Record<string, string | NotUtf8> = {},
) {
  return loadFiles({
    before,
    texts: new Map(Object.entries(texts)),
    unreadable: new Map(Object.entries(unreadable)),
    apiNames: new Set(api),
    parse: (text, file) => parsePolicies(text, { file, hostCheck: CHECK_ON_TWO_CORES }),
    now: '2026-01-01T00:00:00Z',
  });
}

function summary(files: ReadonlyMap<string, PolicyFile>): Record<string, string> {
  return Object.fromEntries(
    [...files.values()].map(({ path, policies, refused }) => [
      path,
      `${policies.map(({ name, document }) => `${name}=${document.spec.limits?.pids?.max}`).join(' ')}${refused === undefined ? '' : ` !${refused.lastGood}`}`,
    ]),
  );
}

test('a bad file keeps what it said last; one that never was good says nothing; a good one is taken up again', () => {
  let files = load(new Map(), { a: one('x'), b: 'bad' });
  assert.deepEqual(summary(files), { a: 'x=1', b: ' !false' });
  files = load(files, { a: 'kind: [', b: one('y') });
  assert.deepEqual(summary(files), { a: 'x=1 !true', b: 'y=1' });
  files = load(files, { a: '', b: one('y') });
  assert.deepEqual(summary(files), { a: 'x=1 !true', b: 'y=1' }, 'a file being written is empty for a moment');
  files = load(files, { a: one('x', 2), b: one('y') });
  assert.deepEqual(summary(files), { a: 'x=2', b: 'y=1' });
  assert.deepEqual(summary(load(files, { b: one('y') })), { b: 'y=1' });
});

test('a name belongs to who had it, the API first, then files in order', () => {
  assert.deepEqual(summary(load(new Map(), { b: one('x', 2), a: one('x', 1) })), { a: 'x=1', b: ' !false' });
  const files = load(new Map(), { b: one('x', 2) });
  const both = load(files, { b: one('x', 2), a: one('x', 1) });
  assert.deepEqual(summary(both), { a: ' !false', b: 'x=2' });
  assert.deepEqual(summary(load(both, { a: one('x', 1) })), { a: 'x=1' }, 'taken up once the name is free');
  const refused = load(new Map(), { a: one('x') }, ['x']).get('a')?.refused;
  assert.match(refused?.issues[0]?.reason ?? '', /from the API/);
});

test('of a file that claims somebody else’s name and more, nothing is taken', () => {
  const files = load(new Map(), { a: one('x'), b: one('y') });
  const clash = load(files, { a: one('x'), b: `${one('y', 5)}---\n${one('x', 5)}` });
  assert.deepEqual(summary(clash), { a: 'x=1', b: 'y=1 !true' });
});

test('one that cannot be read any more keeps what it said last, and says why', () => {
  let files = load(new Map(), { a: one('x') }, [], { b: 'EIO' });
  assert.deepEqual(summary(files), { a: 'x=1', b: ' !false' });
  files = load(files, { b: one('y') }, [], { a: 'EACCES: permission denied' });
  assert.deepEqual(summary(files), { a: 'x=1 !true', b: 'y=1' });
  assert.match(files.get('a')?.refused?.issues[0]?.reason ?? '', /cannot be read: EACCES/);
  assert.deepEqual(summary(load(files, { a: one('x'), b: one('y') })), { a: 'x=1', b: 'y=1' });
});

test('a name that somebody has is told at its place', () => {
  const text = `${one('y')}---\napiVersion: tsgov/v1\nkind: Policy\nmetadata:\n  name: x\nspec: {match: {name: x}}\n`;
  const [issue] = load(new Map(), { a: one('x'), zzz: text }).get('zzz')?.refused?.issues ?? [];
  assert.deepEqual([issue?.field, issue?.line, issue?.column], ['metadata.name', 6, 9]);
});

test('one that is no UTF-8 is refused where it stops being it', () => {
  const [issue] = load(new Map(), {}, [], { a: { line: 2, column: 9 } }).get('a')?.refused?.issues ?? [];
  assert.deepEqual([issue?.line, issue?.column, issue?.valid], [2, 9, 'text in UTF-8']);
});
