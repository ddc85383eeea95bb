import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { loadSyscalls } from '#native/libc.js';
import { ChildReaper } from '#native/wait.js';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import { openBlockingWrites } from '#runtime/cgroup/blocking-writes.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { readLimits } from '#runtime/cgroup/read-limits.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { reclaim } from '#runtime/cgroup/reclaim.js';
import { guestIn, outcome } from '#test/support/cgroup-guest.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent, tempDir } from '#test/support/temp.js';

const MiB = 1 << 20;
const MAPS = resolve(import.meta.dirname, '../../test-fixtures/maps');
const PROGRAM = resolve(import.meta.dirname, '../../native/tsgov-write');
const syscalls = await loadSyscalls();
const children = new ChildReaper(syscalls);
const HOST: CgroupHost = {
  ...detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }),
  blockingWrites: openBlockingWrites({ path: PROGRAM, syscalls, children, clock }),
};

/** More than the page tables of what is mapped, and less than the file. */
const LEFT = 96 * MiB;
/** Processes that have it mapped; guests take seconds for each. */
const MAPPERS = process.env.TSGOV_TEST_MAPPERS ?? '24';
const PATIENT = { clock, deadlineMs: 120_000 };

const needs = requires({ root: true, controller: 'memory' });
const usedBytes = (set: CgroupSet): number => readStats(set)?.memory.currentBytes ?? Number.NaN;

/** A cgroup with a sibling, the first full of clean page cache: what the kernel takes a while to reclaim. */
async function full(
  t: TestContext,
  mebibytes: number,
  limits: Limits = {},
): Promise<{ a: CgroupSet; b: CgroupSet; file: string }> {
  const parent = tempCgroupParent(t);
  const [a, b] = ['a', 'b'].map((name) => createCgroup(HOST, `${parent}/${name}`, limits)) as [CgroupSet, CgroupSet];
  const file = join(tempDir(t), 'sparse');
  const fd = openSync(file, 'w');
  ftruncateSync(fd, mebibytes * MiB);
  closeSync(fd);
  const { code, stderr } = await outcome(guestIn(t, a, ['dd', `if=${file}`, 'of=/dev/null', 'bs=1M']));
  assert.equal(code, 0, stderr);
  assert.ok(usedBytes(a) > 0.9 * mebibytes * MiB, `${usedBytes(a)} bytes are charged`);
  return { a, b, file };
}

/** The same, and many processes have it mapped: each must be told of each page that goes. */
async function slow(t: TestContext, limits: Limits = {}): Promise<{ a: CgroupSet; b: CgroupSet; pid: number }> {
  const { a, b, file } = await full(t, 256, limits);
  const guest = guestIn(t, a, [MAPS, file, MAPPERS]);
  await once(guest.child.stdout as NodeJS.ReadableStream, 'data');
  return { a, b, pid: guest.pid };
}

/** Pids of writers that have not ended. */
function writers(): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isWriter(pid));
}

function isWriter(pid: string): boolean {
  try {
    const [, , ppid] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/\(.*\) /, '')
      .split(' ');
    return Number(ppid) === process.pid && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'tsgov-write\n';
  } catch {
    return false;
  }
}

test(
  'a limit below what is used is reached by reclaim, and meanwhile neither the event loop nor another cgroup waits',
  needs,
  async (t) => {
    const { a, b } = await slow(t);
    const began = performance.now();
    let done = false;
    const lowering = applyLimits(a, { memory: { maxBytes: LEFT } }, PATIENT).finally(() => {
      done = true;
    });
    let others = 0;
    let longestMs = 0;
    while (!done) {
      const start = performance.now();
      await applyLimits(b, { pids: { max: 10 + (others % 2) }, memory: { maxBytes: (64 + (others % 2)) * MiB } }, { clock });
      longestMs = Math.max(longestMs, performance.now() - start);
      others += 1;
      // Such writes take no turn of the event loop, which the other needs.
      await turn();
    }
    await lowering;
    const tookMs = performance.now() - began;
    t.diagnostic(
      `blocked for ${tookMs.toFixed(0)} ms; ${others} limits of another meanwhile, the slowest ${longestMs.toFixed(1)} ms`,
    );
    assert.ok(others > 1);
    assert.equal(readLimits(a)?.memory?.maxBytes, LEFT);
    assert.ok(usedBytes(a) <= LEFT);
    assert.equal(HOST.blockingWrites?.isWriter(process.pid), false);
    await eventually(() => writers().length === 0);
  },
);

test(
  'past the deadline the kernel gives the write up, all that was written is put back, and the error says what was in use',
  needs,
  async (t) => {
    const { a } = await slow(t, { memory: { maxBytes: 1024 * MiB }, pids: { max: 50 } });
    const before = readLimits(a);
    await assert.rejects(
      applyLimits(a, { cpu: { weight: 7 }, memory: { maxBytes: LEFT } }, { clock, deadlineMs: 4 }),
      (error) => {
        assert.ok(error instanceof Error && 'code' in error && 'field' in error);
        assert.equal(error.code, 'DEADLINE');
        assert.equal(error.field, 'limits.memory.max');
        assert.match(
          error.message,
          /write .*"100663296": the kernel was not done after 4 ms: (?:[\d.]+ MiB were still in use, [\d.]+ MiB more than asked|though only [\d.]+ MiB were still in use)/,
        );
        assert.match(error.message, /what was in force before is back$/);
        return true;
      },
    );
    assert.deepEqual(readLimits(a), before);
    // Killed it ends where the kernel next looks for signals: after a batch of pages.
    await eventually(() => writers().length === 0 && children.size === 0);
    assert.deepEqual(readLimits(a), before, 'and its end changes nothing');
  },
);

test('reclaim takes what is asked and leaves the limit as it was', needs, async (t) => {
  const { a, b } = await full(t, 64, { memory: { maxBytes: 256 * MiB } });
  const result = await reclaim(a, 32 * MiB, 10_000);
  assert.equal(result?.outcome, 'done');
  assert.ok(result.beforeBytes - result.afterBytes > 24 * MiB, JSON.stringify(result));
  assert.ok(usedBytes(a) > 8 * MiB, `${usedBytes(a)} bytes are left`);
  assert.equal(readLimits(a)?.memory?.maxBytes, 256 * MiB);
  assert.equal((await reclaim(b, 32 * MiB, 10_000))?.afterBytes, usedBytes(b));
});

test('reclaim of what cannot be reclaimed takes what there is; at the deadline it stops; the limit stays', needs, async (t) => {
  const { a } = await slow(t, { memory: { maxBytes: 1024 * MiB, swapMaxBytes: 0 } });
  const held = guestIn(t, a, ['/bin/sh', '-c', 'x=$(head -c 30000000 /dev/zero | tr "\\\\0" x); echo there; read y']);
  await new Promise((there) => held.child.stdout?.once('data', there));
  const stopped = await reclaim(a, 200 * MiB, 2);
  assert.equal(stopped?.outcome, 'partly');
  assert.equal(readLimits(a)?.memory?.maxBytes, 1024 * MiB);
  const rest = await reclaim(a, 1024 * MiB, 60_000);
  assert.equal(rest?.outcome, 'partly');
  assert.ok((rest?.afterBytes ?? 0) > 20 * MiB && (rest?.afterBytes ?? 0) < 150 * MiB, JSON.stringify(rest));
  assert.equal(readLimits(a)?.memory?.maxBytes, 1024 * MiB);
  assert.equal(held.child.exitCode, null, 'nothing was killed');
  await held.end();
});

test('a cgroup that is gone is a value', needs, async () => {
  const gone: CgroupSet = { host: HOST, path: '/tsgov-test-gone', conditions: [] };
  assert.equal(await reclaim(gone, MiB, 1000), undefined);
});
