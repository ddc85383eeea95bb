import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeContext } from '#agent/containers/context.js';
import { EventLog } from '#agent/containers/events.js';
import type { Governed } from '#agent/containers/governed.js';
import { SerialQueue } from '#agent/containers/serial-queue.js';
import type { Action } from '#agent/contract/decision.js';
import type { JournalInput } from '#agent/contract/journal.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { EXECUTORS } from '#agent/governor/act/executors.js';
import { perform } from '#agent/governor/act/perform.js';
import { FakeClock } from '#test/support/fake-clock.js';

/** As much of a node as telling needs; nothing here reaches a kernel. */
function world() {
  const clock = new FakeClock(1000);
  const rows: JournalInput[] = [];
  const events = new EventLog(clock);
  const node = { clock, events, journal: { record: (row: JournalInput) => rows.push(row) } } as unknown as NodeContext;
  const counts = new ActCounts();
  const context = { node, counts, priorityOf: () => 0 };
  const container = (id: string) =>
    ({
      id,
      queue: new SerialQueue(),
      subject: () => ({ id, name: id, image: 'host:', runtime: 'tsgov' }),
      cgroup: {},
      limits: { run: {}, override: {} },
      leaving: false,
      frozen: true,
    }) as unknown as Governed;
  return { clock, rows, events, counts, context, container };
}

const common = { name: 'a', policy: 'p', priority: 0, rule: 'r', observed: false, reason: 'because', values: { 'cpu.usage': 2 } };
const freeze: Action = { ...common, kind: 'freeze', container: 'a', forMs: 5000 };

test('every kind of act has its executor', () => {
  assert.deepEqual(Object.keys(EXECUTORS).sort(), [
    'freeze',
    'kill',
    'notify',
    'reclaim',
    'set',
    'terminate',
    'thaw',
    'throttle',
    'undo',
  ]);
});

test('an act that blocks is told as failed at its deadline, is not over before it is over, and holds up no other', async () => {
  const { clock, rows, counts, context, container } = world();
  const stuck = container('a');
  let release: () => void = () => undefined;
  const held = stuck.queue.run(() => new Promise<void>((resolve) => (release = resolve)));
  let over = false;
  const act = perform(context, stuck, freeze).then((outcome) => {
    over = true;
    return outcome;
  });
  const other = await perform(context, container('b'), { ...common, kind: 'notify', container: 'b', message: 'x' });
  assert.equal(other.result, 'done');
  clock.advance(15_000);
  await new Promise(setImmediate);
  assert.equal(over, false);
  assert.deepEqual(
    rows.map(({ action, result }) => [action, result]),
    [
      ['notify', 'done'],
      ['freeze', 'failed'],
    ],
  );
  assert.match(rows[1]?.error ?? '', /^DEADLINE/);
  release();
  await held;
  assert.equal((await act).result, 'failed');
  assert.equal(rows.length, 2, 'told once');
  assert.deepEqual(
    [...counts.all()].map(({ labels, count }) => [labels.action, labels.result, count]),
    [
      ['notify', 'done', 1],
      ['freeze', 'failed', 1],
    ],
  );
});

test('a row says who, why, on what, from what to what, how it went and how it goes back; the event says the same', async () => {
  const { rows, events, context, container } = world();
  await perform(context, container('a'), { ...freeze, observed: true });
  assert.deepEqual(rows, [
    {
      container: { id: 'a', name: 'a', image: 'host:', runtime: 'tsgov' },
      actor: 'rule/p/r',
      action: 'freeze',
      reason: 'because',
      result: 'observed',
      values: { 'cpu.usage': 2 },
      undo: 'thaws after 5 s, or when the condition is gone or the rule goes; tsgov thaw a',
      field: 'state',
      before: 'thawed',
      after: 'frozen',
    },
  ]);
  const [event] = events.kept();
  assert.equal(event?.type, 'rule');
  assert.deepEqual(event?.attributes, {
    policy: 'p',
    rule: 'r',
    action: 'freeze',
    enforce: 'observe',
    result: 'observed',
    reason: 'because',
    state: 'frozen',
    'cpu.usage': 2,
  });
});

test('one frozen by somebody else is refused; a fault is told and thrown at nobody', async () => {
  const { rows, context, container } = world();
  assert.equal((await perform(context, container('a'), freeze)).result, 'refused');
  const broken = { ...container('b'), subject: container('b').subject, frozen: false } as Governed;
  Object.defineProperty(broken, 'queue', {
    get: () => {
      throw new TypeError('a bug');
    },
  });
  assert.equal((await perform(context, broken, { ...freeze, container: 'b' })).result, 'failed');
  assert.match(rows[1]?.error ?? '', /a bug/);
});

test('a routine step is counted, and not told', async () => {
  const { rows, counts, context, container } = world();
  const set: Action = {
    ...common,
    kind: 'set',
    container: 'a',
    limits: { 'memory.high': 5 },
    before: {},
    routine: true,
    observed: true,
  };
  await perform(context, { ...container('a'), cgroup: undefined } as Governed, set);
  assert.deepEqual(rows, []);
  assert.equal([...counts.all()][0]?.count, 1);
});
