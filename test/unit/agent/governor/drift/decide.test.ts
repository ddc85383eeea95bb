import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriftWriter } from '#agent/contract/drift.js';
import {
  type DriftDecision,
  type DriftHistory,
  decideDrift,
  forgetFields,
  type LimitValue,
  postponedUntilMs,
} from '#agent/governor/drift/decide.js';

const SHELL: DriftWriter = { pid: 42, gone: false, comm: 'sh' };
const WANTED = new Map<string, LimitValue>([
  ['memory.max', 100],
  ['pids.max', 60],
]);

/** A look at that time at which these limits say something else. */
function look(atMs: number, history: DriftHistory, others: Record<string, LimitValue> = {}, writer?: DriftWriter): DriftDecision {
  const writers = new Map(writer === undefined ? [] : Object.keys(others).map((field) => [field, writer] as const));
  return decideDrift({ atMs, cause: 'fanotify', writers }, WANTED, new Map([...WANTED, ...Object.entries(others)]), history);
}

/** Looks every `everyMs` at which memory.max is always another's, until a war begins; answers the last. */
function untilWar(everyMs: number): { decision: DriftDecision; atMs: number; repairs: number } {
  let history: DriftHistory = new Map();
  for (let repairs = 1; repairs < 100; repairs += 1) {
    const atMs = repairs * everyMs;
    const decision = look(atMs, history, { 'memory.max': 'max' }, SHELL);
    history = decision.history;
    if (decision.steps.some(({ kind }) => kind === 'war-begin')) return { decision, atMs, repairs };
  }
  throw new Error('no war begins');
}

const kinds = ({ steps }: DriftDecision): string[] => steps.map(({ kind, field }) => `${kind} ${field}`);

test('what says something else is put back, with who wrote it; the rest is left alone', () => {
  const { steps, lookAgainMs } = look(1000, new Map(), { 'memory.max': 'max' }, SHELL);
  assert.deepEqual(steps, [{ kind: 'repair', field: 'memory.max', from: 'max', to: 100, writer: SHELL }]);
  assert.equal(lookAgainMs, undefined);
});

test('what is gone from the kernel is put back too', () => {
  const { steps } = decideDrift({ atMs: 1, cause: 'scan', writers: new Map() }, WANTED, new Map([['pids.max', 60]]), new Map());
  assert.deepEqual(steps, [{ kind: 'repair', field: 'memory.max', from: undefined, to: 100, writer: undefined }]);
});

test('nothing changed: nothing to do, and nothing to remember', () => {
  const decision = look(1000, new Map());
  assert.deepEqual(decision, { steps: [], history: new Map(), lookAgainMs: undefined });
});

test('the eleventh repair within ten seconds begins a war; slower writers never do', () => {
  const { decision, repairs, atMs } = untilWar(100);
  assert.equal(repairs, 11);
  assert.deepEqual(kinds(decision), ['repair memory.max', 'war-begin memory.max']);
  assert.equal(decision.lookAgainMs, atMs + 1000);
  assert.throws(() => untilWar(1100), /no war/);
});

test('in a war the other value is let stand for a back-off that doubles up to 30 s', () => {
  let { decision, atMs } = untilWar(100);
  const waits: number[] = [];
  for (let turn = 0; turn < 8; turn += 1) {
    const postponed = look(atMs + 1, decision.history, { 'memory.max': 'max' });
    assert.deepEqual(kinds(postponed), ['postpone memory.max']);
    const untilMs = postponedUntilMs(postponed.history, 'memory.max') ?? 0;
    assert.equal(postponed.lookAgainMs, untilMs);
    waits.push(untilMs - atMs);
    atMs = untilMs;
    decision = look(atMs, postponed.history, { 'memory.max': 'max' });
    assert.deepEqual(kinds(decision), ['repair memory.max']);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('who wrote last is the other side of the war, also when a later look does not know', () => {
  const { decision, atMs } = untilWar(100);
  const postponed = look(atMs + 1, decision.history, { 'memory.max': 'max' });
  assert.equal(postponed.history.get('memory.max')?.war?.writer, SHELL);
  const other = { pid: 7, gone: true };
  const told = look(atMs + 2, postponed.history, { 'memory.max': 7 }, other);
  assert.equal(told.history.get('memory.max')?.war?.writer, other);
});

test('a limit that holds for ten seconds is at peace, and from then on put back at once', () => {
  const { decision, atMs } = untilWar(100);
  const early = look(atMs + 5000, decision.history);
  assert.deepEqual(kinds(early), []);
  assert.equal(early.lookAgainMs, atMs + 10_000);
  const later = look(atMs + 10_000, early.history);
  assert.deepEqual(kinds(later), ['war-end memory.max']);
  assert.equal(later.history.size, 0);
  assert.deepEqual(kinds(look(atMs + 10_001, later.history, { 'memory.max': 'max' })), ['repair memory.max']);
});

test('a war over one limit leaves the others as they are', () => {
  const { decision, atMs } = untilWar(100);
  assert.deepEqual(kinds(look(atMs + 1, decision.history, { 'memory.max': 'max', 'pids.max': 'max' })), [
    'postpone memory.max',
    'repair pids.max',
  ]);
});

test('a look at some limits leaves what is known of the others', () => {
  const { decision, atMs } = untilWar(100);
  const partly = decideDrift(
    { atMs: atMs + 20_000, cause: 'scan', writers: new Map() },
    new Map([['pids.max', 60]]),
    new Map([['pids.max', 60]]),
    decision.history,
  );
  assert.deepEqual(partly.steps, []);
  assert.notEqual(partly.history.get('memory.max')?.war, undefined);
});

test('limits that nobody enforces any more end their wars', () => {
  const { decision } = untilWar(100);
  const { steps, history } = forgetFields(decision.history, new Set(['pids.max']));
  assert.deepEqual(
    steps.map(({ kind, field }) => `${kind} ${field}`),
    ['war-end memory.max'],
  );
  assert.equal(history.size, 0);
});
