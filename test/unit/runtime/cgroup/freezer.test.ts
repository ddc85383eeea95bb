import assert from 'node:assert/strict';
import { readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { type CgroupSet, directoryOf, openCgroup } from '#runtime/cgroup/cgroup-set.js';
import type { Clock } from '#runtime/cgroup/clock.js';
import { freeze, frozenBy, frozenState, thaw } from '#runtime/cgroup/freezer.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { type FixtureMode, fixtureCgroup, fixtureHost } from '#test/support/cgroup-fixture.js';
import type { Teardown } from '#test/support/temp.js';

// A kernel that does not come to rest, which a real one does only now and then: on v2 nothing ever writes cgroup.events unless the
// test does; for v1 freezer.state is /dev/null, which takes every request and never says FROZEN.

describe('v2: a cgroup that does not come to rest', () => {
  test('past the deadline it is thawed and said', async (t) => {
    const { set, text } = fixture(t, 'v2');
    await assert.rejects(freeze(set, { clock: steps(), deadlineMs: 100 }), {
      code: 'DEADLINE',
      message: /cgroup \/a did not freeze within 100 ms.*has been thawed/,
    });
    assert.equal(text('cgroup.freeze'), '0');
  });

  test('on abort it is thawed, before it begins nothing is asked for', async (t) => {
    const { set, text } = fixture(t, 'v2');
    const stop = new AbortController();
    const clock = steps((count) => count === 3 && stop.abort(new Error('the client gave up')));
    await assert.rejects(freeze(set, { clock, signal: stop.signal }), /gave up/);
    assert.equal(text('cgroup.freeze'), '0');
    writeFileSync(`${directoryOf(set, 'freezer')}/cgroup.freeze`, 'x');
    await assert.rejects(freeze(set, { clock, signal: stop.signal }), /gave up/);
    assert.equal(text('cgroup.freeze'), 'x');
  });

  test('it waits until cgroup.events confirms', async (t) => {
    const { set, events } = fixture(t, 'v2');
    const seen: unknown[] = [];
    const clock = steps((count) => {
      seen.push(frozenState(set));
      if (count === 2) events('populated 1\nfrozen 1\n');
    });
    assert.equal(await freeze(set, { clock }), true);
    assert.deepEqual(seen.slice(0, 2), ['freezing', 'freezing']);
    assert.equal(frozenState(set), 'frozen');
    assert.equal(frozenBy(set), 'self');
  });

  test('limits given along with the state are taken back', async (t) => {
    const { set } = fixture(t, 'v2');
    writeFileSync(`${directoryOf(set, 'pids')}/pids.max`, '500\n');
    await assert.rejects(applyLimits(set, { pids: { max: 400 }, state: 'frozen' }, { clock: steps(), deadlineMs: 50 }), {
      code: 'DEADLINE',
    });
    const { pids, state } = readLimits(set) ?? {};
    assert.deepEqual({ pids, state }, { pids: { max: 500 }, state: 'thawed' });
  });

  test('thawing waits too, and gives up past the deadline', async (t) => {
    const { set, events } = fixture(t, 'v2');
    events('populated 1\nfrozen 1\n');
    writeFileSync(`${directoryOf(set, 'freezer')}/cgroup.freeze`, '1\n');
    await assert.rejects(thaw(set, { clock: steps(), deadlineMs: 50 }), { code: 'DEADLINE', message: /not thawed/ });
  });
});

describe('v1: a cgroup that stays FREEZING', () => {
  test('is thawed for a moment and tried again, and thawed past the deadline', async (t) => {
    const { set } = fixture(t, 'v1');
    const file = `${directoryOf(set, 'freezer')}/freezer.state`;
    unlinkSync(file);
    symlinkSync('/dev/null', file);
    const pauses: number[] = [];
    const clock = steps((_count, ms) => pauses.push(ms));
    await assert.rejects(freeze(set, { clock, deadlineMs: 1000 }), { code: 'DEADLINE' });
    assert.ok(pauses.filter((ms) => ms === 10).length >= 2, 'a pause of 10 ms after each thaw');
  });
});

test('a host without a freezer says so', async (t) => {
  const { set } = fixture(t, 'v1');
  const { freezer: _freezer, ...carriers } = set.host.carriers;
  await assert.rejects(freeze({ ...set, host: { ...set.host, carriers } }, { clock: steps() }), {
    code: 'UNSUPPORTED',
    message: /kernel 5\.2/,
  });
});

function fixture(t: Teardown, mode: FixtureMode) {
  const tree = fixtureHost(t, mode);
  fixtureCgroup(tree, '/a');
  const set = openCgroup(tree.host, '/a') as CgroupSet;
  const dir = directoryOf(set, 'freezer');
  return {
    set,
    text: (file: string) => readFileSync(`${dir}/${file}`, 'latin1').trim(),
    events: (content: string) => writeFileSync(`${dir}/cgroup.events`, content),
  };
}

/** Time that passes only by sleeping; `onSleep` is told how many sleeps there were, and of how long. */
function steps(onSleep: (count: number, ms: number) => unknown = () => undefined): Clock {
  let now = 0;
  let count = 0;
  return {
    nowMs: () => now,
    async sleep(ms, signal) {
      now += ms;
      onSleep(++count, ms);
      signal?.throwIfAborted();
    },
  };
}
