import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asPersonAsked, forNextRun, overrideWithState } from '#agent/containers/asked-state.js';
import type { Governed, GovernedLimits } from '#agent/containers/governed.js';

const limits = (policy?: 'frozen' | 'thawed', override: GovernedLimits['override'] = {}): GovernedLimits => ({
  run: {},
  policies: policy === undefined ? [] : [{ source: 'policy/p', limits: { state: policy } }],
  override,
});
const pids = { max: 5 };

for (const [name, given, state, recorded] of [
  ['nobody else says anything', limits(), 'frozen', {}],
  ['a policy says the same', limits('frozen'), 'frozen', {}],
  ['a policy says otherwise', limits('thawed', { pids }), 'frozen', { pids, state: 'frozen' }],
  ['a policy says otherwise', limits('frozen'), 'thawed', { state: 'thawed' }],
  ['taken back to what the policy says', limits('frozen', { pids, state: 'thawed' }), 'frozen', { pids }],
  ['run says otherwise', { run: { state: 'frozen' }, override: {} }, 'thawed', { state: 'thawed' }],
] as [string, GovernedLimits, 'frozen' | 'thawed', object][])
  test(`${state}: ${name}: recorded is ${JSON.stringify(recorded)}`, () =>
    assert.deepEqual(overrideWithState(given, state), recorded));

test('a freeze by hand does not outlive the run, a thaw does', () => {
  assert.deepEqual(forNextRun(limits('thawed', { pids, state: 'frozen' })).override, { pids });
  const thawed = limits('frozen', { state: 'thawed' });
  assert.equal(forNextRun(thawed), thawed);
});

test('what fails is not on record', async () => {
  const before = limits('thawed');
  const container = {
    limits: before,
    setLimits(next: GovernedLimits) {
      this.limits = next;
    },
  };
  const seen: unknown[] = [];
  const fails = async () => {
    seen.push(container.limits.override.state);
    throw new Error('EBUSY');
  };
  await assert.rejects(asPersonAsked(container as unknown as Governed, 'frozen', fails), /EBUSY/);
  assert.deepEqual([seen, container.limits === before], [['frozen'], true]);
});
