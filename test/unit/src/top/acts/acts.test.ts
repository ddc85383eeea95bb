import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freezeOrThaw, removeAll, restartAll } from '#src/top/acts/acts.js';
import { answered, confirmed } from '#src/top/acts/confirm.js';
import { ask } from '#src/top/acts/request.js';
import { initialState } from '#src/top/initial-state.js';
import type { Row } from '#src/top/rows.js';
import type { TopState } from '#src/top/state.js';
import { SCENE_ROWS } from '#test/support/top-scenario.js';

const START = initialState({
  size: { columns: 80, rows: 24 },
  glyphs: 'ascii',
  theme: 'mono',
  nowMs: 1000,
  target: 'x',
  settings: {},
});
const rows = (...status: Row['status'][]): Row[] =>
  status.map((each, index) => ({ ...SCENE_ROWS[0]!, id: `c${index}`, name: `n${index}`, status: each }));
const event = (id: number, type: string, container: string) => ({
  id,
  time: '2026-01-01T00:00:00Z',
  type,
  container: { id: container, name: 'n', image: '', runtime: 'tsgov' },
  attributes: {},
});
const statuses = ({ pending }: TopState) => pending.map(({ status }) => status);

test('z freezes what runs, and thaws only where nothing runs', () => {
  const calls = (all: Row[]) => freezeOrThaw(all).map(({ call }) => `${call.call} ${'ref' in call ? call.ref : ''}`);
  assert.deepEqual(calls(rows('running', 'frozen', 'exited')), ['freeze c0']);
  assert.deepEqual(calls(rows('frozen', 'exited', 'frozen')), ['thaw c0', 'thaw c2']);
  assert.deepEqual(calls(rows('exited')), []);
});

test('what does not run is started, and removed without force', () => {
  assert.deepEqual(
    restartAll(rows('exited', 'running')).map(({ call }) => call.call),
    ['start', 'restart'],
  );
  assert.deepEqual(
    removeAll(rows('exited', 'frozen')).map(({ call }) => 'force' in call && call.force),
    [false, true],
  );
});

test('an act is confirmed by a later event of its own container and kind, before or after its answer', () => {
  const before = { ...START, events: [event(10, 'freeze', 'c0')] };
  const { state, effects } = ask(before, freezeOrThaw(rows('running', 'running')));
  assert.deepEqual(
    effects.map((effect) => effect.kind),
    ['call', 'call'],
  );
  const [one, two] = state.pending.map(({ act }) => act) as [string, string];
  assert.deepEqual(statuses(confirmed(state, [event(10, 'freeze', 'c0'), event(11, 'thaw', 'c0'), event(12, 'freeze', 'c9')])), [
    'asked',
    'asked',
  ]);
  const early = confirmed(state, [event(11, 'freeze', 'c0')]);
  assert.deepEqual(statuses(early), ['confirmed', 'asked']);
  const both = answered(answered(early, { kind: 'acted', act: one, label: '' }), { kind: 'acted', act: two, label: '' });
  assert.deepEqual(statuses(both), ['confirmed', 'done']);
  assert.deepEqual(both.notice?.text, '2 acts: 1 confirmed, 1 done');
  assert.deepEqual([confirmed(both, [event(13, 'freeze', 'c1')]).notice?.tone], ['good']);
});

test('an old event that comes late confirms nothing', () => {
  const { state } = ask({ ...START, atMs: Date.parse('2026-01-01T00:00:01Z') }, freezeOrThaw(rows('running')));
  assert.deepEqual(statuses(confirmed(state, [event(10, 'freeze', 'c0')])), ['asked']);
  const fresh = { ...event(11, 'freeze', 'c0'), time: '2026-01-01T00:00:02Z' };
  assert.deepEqual(statuses(confirmed(state, [fresh])), ['confirmed']);
});

test('a refusal says why, and no event makes it good', () => {
  const { state } = ask(START, freezeOrThaw(rows('running')));
  const error = { code: 'STATE_CONFLICT', message: 'it is on its way out' };
  const refused = answered(state, { kind: 'acted', act: state.pending[0]!.act, label: '', error });
  assert.deepEqual([refused.notice?.tone, refused.notice?.text], ['bad', 'freeze n0: refused: it is on its way out']);
  assert.equal(confirmed(refused, [event(99, 'freeze', 'c0')]), refused);
});
