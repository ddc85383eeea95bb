import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NodeContext } from '#agent/containers/context.js';
import { ActCounts } from '#agent/governor/act/counts.js';
import { Rules } from '#agent/governor/act/rules.js';
import { RuleProgressStore } from '#agent/store/rule-progress.js';
import { containerAt, rulesOf, snapshotAt } from '#test/support/rule-world.js';
import { tempDir } from '#test/support/temp.js';

const POLICY = rulesOf([
  { name: 'r', when: { signal: 'memory.usage', above: 80 }, do: [{ notify: {} }, { kill: {} }], cooldown: '60s' },
]);

test('how far rules are that could not be written is written as soon as that can be, and told once', (t) => {
  const root = join(tempDir(t), 'root');
  const progress = new RuleProgressStore(root);
  const faults: unknown[] = [];
  const rules = new Rules({
    // The container has gone by the time it is acted on: all that counts here is what is put down before.
    node: { closing: false, governed: () => [] } as unknown as NodeContext,
    counts: new ActCounts(),
    priorityOf: () => 0,
    policies: () => [POLICY],
    progress,
    onFault: (error) => faults.push(error),
  });
  const tick = (ms: number) => rules.tick(snapshotAt(ms, [containerAt('a', { signals: { 'memory.usage': 90 } })]));
  tick(0);
  tick(1000);
  tick(2000);
  assert.equal(faults.length, 1, String(faults));
  mkdirSync(root);
  // Nothing is new, but what is on disk is not it.
  tick(3000);
  const kept = progress.read();
  assert.deepEqual(
    kept?.ladders.map(({ key, holder, step }) => ({ key, holder, step })),
    [{ key: 'p/r', holder: 'a', step: 2 }],
  );
  tick(4000);
  assert.equal(progress.read()?.writtenAtMs, kept?.writtenAtMs, 'written once');
  assert.equal(faults.length, 1);
});
