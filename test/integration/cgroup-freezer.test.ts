import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { type CgroupSet, cgroupExists, directories, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { freeze, frozenBy, frozenState, thaw } from '#runtime/cgroup/freezer.js';
import { procs } from '#runtime/cgroup/procs.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { removeCgroup } from '#runtime/cgroup/remove-cgroup.js';
import { forksIn, guestIn } from '#test/support/cgroup-guest.js';
import { type Requirements, requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });

/** The freezer tsgov uses here, and on a hybrid host also the v2 tree's, as on a pure v2 host. */
const V2_TREE: CgroupHost =
  HOST.unified === undefined ? HOST : { ...HOST, carriers: { ...HOST.carriers, freezer: HOST.unified } };
const HOSTS: [name: string, host: CgroupHost, needs: Requirements][] = [
  ['this host’s', HOST, { root: true }],
  ['the v2 tree’s', V2_TREE, { root: true, cgroup: 'hybrid' }],
];

for (const [name, host, needs] of HOSTS)
  describe(`freezing by ${name} freezer`, () => {
    const options = requires(needs);

    test('everything stands still, children included, and goes on', options, async (t) => {
      const set = cgroupIn(t, host);
      await forksIn(t, set, 20, 'busy');
      assert.equal(frozenState(set), 'thawed');
      assert.equal(await freeze(set, { clock }), true);
      assert.equal(frozenState(set), 'frozen');
      assert.equal(frozenBy(set), 'self');
      const before = await standstill(set);
      assert.equal(await thaw(set, { clock }), true);
      assert.equal(frozenState(set), 'thawed');
      assert.equal(frozenBy(set), undefined);
      while (cpuUsec(set) === before) await sleep(5);
    });

    test('twice is fine, and so is an empty cgroup', options, async (t) => {
      const set = cgroupIn(t, host);
      for (const step of [freeze, freeze, thaw, thaw]) assert.equal(await step(set, { clock }), true);
      assert.equal(frozenState(set), 'thawed');
    });

    test('nested cgroups count', options, async (t) => {
      const set = cgroupIn(t, host);
      for (const { dir } of directories(set)) mkdirSync(`${dir}/in`);
      const guest = guestIn(t, set, ['/bin/sh', '-c', 'echo ready; while :; do :; done'], 'in');
      await new Promise((resolve) => guest.child.stdout?.once('data', resolve));
      assert.deepEqual(procs(set), [guest.pid]);
      await freeze(set, { clock });
      const nested: CgroupSet = { ...set, path: `${set.path}/in` };
      assert.equal(frozenState(nested), 'frozen');
      assert.equal(frozenBy(nested), 'parent');
      await assert.rejects(thaw(nested, { clock }), { code: 'STATE_CONFLICT', message: /a parent of it is/ });
      await thaw(set, { clock });
      assert.equal(frozenState(nested), 'thawed');
      await guest.end();
    });

    test('200 processes, ten times', options, async (t) => {
      const set = cgroupIn(t, host);
      await forksIn(t, set, 200, 'sleep');
      for (let round = 0; round < 10; round++) {
        await freeze(set, { clock });
        assert.equal(frozenState(set), 'frozen');
        // Not our word for it: the kernel's.
        if (host.carriers.freezer?.version === 1)
          assert.equal(readFileSync(`${directoryOf(set, 'freezer')}/freezer.state`, 'latin1'), 'FROZEN\n');
        else assert.match(readFileSync(`${directoryOf(set, 'unified')}/cgroup.events`, 'latin1'), /^frozen 1$/m);
        await thaw(set, { clock });
      }
    });

    test('of a cgroup that is gone the answer is false', options, async (t) => {
      const set = cgroupIn(t, host);
      await removeCgroup(set, { clock });
      assert.equal(await freeze(set, { clock }), false);
      assert.equal(await thaw(set, { clock }), false);
      assert.equal(frozenState(set), undefined);
      assert.equal(cgroupExists(set), false);
    });
  });

test(
  'what somebody froze through the v2 tree of a hybrid host is seen, and thawed',
  requires({ root: true, cgroup: 'hybrid' }),
  async (t) => {
    const set = cgroupIn(t, HOST);
    await forksIn(t, set, 3, 'busy');
    writeFileSync(`${directoryOf(set, 'unified')}/cgroup.freeze`, '1', { flag: 'r+' });
    while (frozenState(set) !== 'frozen') await sleep(1);
    assert.equal(frozenBy(set), 'self');
    await thaw(set, { clock });
    assert.equal(frozenState(set), 'thawed');
  },
);

function cgroupIn(t: TestContext, host: CgroupHost): CgroupSet {
  const made: CgroupSet[] = [];
  // Registered first, so that it runs before the processes are killed: frozen by v1 they cannot die.
  t.after(async () => {
    for (const set of made) if (cgroupExists(set)) await thaw(set, { clock });
  });
  made.push(createCgroup(host, `${tempCgroupParent(t)}/a`, {}));
  return made[0] as CgroupSet;
}

/** CPU time used so far, once none is used for a while: the kernel says "frozen" a moment before the last process has left its CPU. */
async function standstill(set: CgroupSet): Promise<number> {
  for (let tries = 0; tries < 5; tries += 1) {
    const before = cpuUsec(set);
    await sleep(300);
    if (cpuUsec(set) === before) return before;
  }
  assert.fail('CPU time is used while frozen');
}

function cpuUsec(set: CgroupSet): number {
  return readStats(set)?.cpu.usageUsec ?? Number.NaN;
}
