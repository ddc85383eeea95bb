import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { FdBudget } from '#agent/sampler/fd-budget.js';
import { Sampler } from '#agent/sampler/sampler.js';
import { type CgroupSet, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { monotonicClock as clock } from '#runtime/cgroup/clock.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { freeze, thaw } from '#runtime/cgroup/freezer.js';
import { readStats } from '#runtime/cgroup/read-stats.js';
import { removeCgroup } from '#runtime/cgroup/remove-cgroup.js';
import { guestIn } from '#test/support/cgroup-guest.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
const ROOT = requires({ root: true });
const NOTHING = new Set<string>();

/** A sampler that may hold so many files; any fault fails the test. */
function samplerOf(
  t: TestContext,
  limit = 1000,
  monotonicMs = () => performance.now(),
): { sampler: Sampler; files: FdBudget; close: () => void } {
  const files = new FdBudget(limit);
  const sampler = new Sampler({
    host: HOST,
    procRoot: '/proc',
    sysRoot: '/sys',
    clock: { nowMs: () => Date.now(), monotonicMs },
    files,
    onFault: (id, error) => {
      throw new Error(`cannot read ${id}`, { cause: error });
    },
  });
  let closed = false;
  const close = (): void => {
    if (!closed) sampler.close();
    closed = true;
  };
  t.after(close);
  return { sampler, files, close };
}

function cgroupIn(t: TestContext, name = 'c'): CgroupSet {
  const parent = tempCgroupParent(t);
  const set = createCgroup(HOST, `${parent}/${name}`, { memory: { maxBytes: 64 << 20 }, pids: { max: 50 } });
  t.after(() => removeCgroup(set, { clock }));
  return set;
}

/** Of the 8 MB that the guest has, to a MiB. */
function assertNear(seen: number | undefined, said: number | undefined): void {
  assert.ok(seen !== undefined && said !== undefined && seen > 7e6 && Math.abs(seen - said) <= 1 << 20, `${seen}, ${said}`);
}

const openFds = () => readdirSync('/proc/self/fd').length;

test('a sample has what the files say', ROOT, async (t) => {
  const cgroup = cgroupIn(t);
  const script =
    'x=$(head -c 8000000 /dev/zero | tr "\\0" x); i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 1000 & echo done; wait';
  const guest = guestIn(t, cgroup, ['/bin/sh', '-c', script]);
  let said = '';
  guest.child.stdout?.on('data', (chunk) => (said += chunk));
  while (!said.includes('done')) await clock.sleep(5);
  const { sampler } = samplerOf(t);
  for (const sample of [
    sampler.sample([{ id: 'a', cgroup }], NOTHING),
    sampler.sample([{ id: 'a', cgroup }], NOTHING),
    sampler.sampleWhole([{ id: 'a', cgroup }]),
  ]) {
    const seen = sample.containers.get('a');
    const stats = readStats(cgroup);
    assert.ok(seen !== undefined && stats !== undefined);
    assert.equal(seen.pids, stats.pids.current);
    // The kernel counts in batches a CPU, which it adds up when it likes: two reads need not agree to the page.
    assertNear(seen.memoryBytes, stats.memory.currentBytes);
    assert.equal(seen.oomKills, stats.memory.oomKills);
    assert.ok((seen.cpuUsec ?? 0) > 0 && (seen.cpuUsec ?? 0) <= (stats.cpu.usageUsec ?? 0) + 1);
    assertNear(seen.memoryStat?.anonBytes, stats.memory.anonBytes);
    assert.equal(seen.cpuPressure === undefined, stats.pressure.cpu === undefined);
    assert.equal(seen.frozen, false);
    assert.ok(sample.node.memTotalBytes > 0 && (sample.node.busyUsec ?? 0) > 0 && sample.node.cpus >= 1);
  }
  await freeze(cgroup, { clock });
  assert.equal(sampler.sample([{ id: 'a', cgroup }], NOTHING).containers.get('a')?.frozen, true);
  await thaw(cgroup, { clock });
  assert.equal(sampler.sample([{ id: 'a', cgroup }], NOTHING).containers.get('a')?.frozen, false);
});

test('costly files are read in turns, each tick once a signal of theirs is needed', ROOT, (t) => {
  const cgroup = cgroupIn(t);
  const { sampler } = samplerOf(t);
  const readings = (needs: ReadonlySet<string>) =>
    Array.from({ length: 10 }, () => sampler.sample([{ id: 'a', cgroup }], needs).containers.get('a')?.memoryStat);
  const inTurns = new Set(readings(NOTHING)).size;
  assert.ok(inTurns === 2 || inTurns === 3, `${inTurns} readings in 10 ticks`);
  assert.equal(new Set(readings(new Set(['memory.anon']))).size, 10);
});

test('of a cgroup in which nothing happens few files are read, until something does', ROOT, async (t) => {
  const cgroup = cgroupIn(t);
  let nowMs = 1000;
  const { sampler } = samplerOf(t, 1000, () => nowMs);
  /** What a tick said, and how many files it read. */
  const tick = (needs: ReadonlySet<string> = NOTHING) => {
    nowMs += 1000;
    const before = sampler.filesRead;
    const sample = sampler.sample([{ id: 'a', cgroup }], needs).containers.get('a');
    return { pids: sample?.pids, files: sampler.filesRead - before, cpuUsec: sample?.cpuUsec };
  };
  /** Of five ticks one reads all files. */
  const fewest = (needs?: ReadonlySet<string>): number => Math.min(...Array.from({ length: 5 }, () => tick(needs).files));
  for (let count = 0; count < 5; count += 1) tick();
  const few = fewest();
  assert.equal(fewest(new Set(['pids.current'])), few + 1);
  const guest = guestIn(t, cgroup, [
    '/bin/sh',
    '-c',
    'while read line; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo; done',
  ]);
  const work = async (): Promise<void> => {
    const done = new Promise((resume) => guest.child.stdout?.once('data', resume));
    guest.child.stdin?.write('go\n');
    await done;
  };
  await work();
  const busy = tick();
  assert.equal(busy.pids, 1);
  assert.ok(busy.files > few, `${busy.files} files`);
  assert.ok((busy.cpuUsec ?? 0) > 0);
  for (let count = 0; count < 5; count += 1) assert.equal(tick().pids, 1, 'what is left out says what it said');
  // Its shell says so a moment before it waits again.
  await eventually(() => fewest() === few);
  await work();
  assert.ok(tick().files > few);
});

test('where figures change though nothing seems to run, all files are read for a while', ROOT, async (t) => {
  const cgroup = cgroupIn(t);
  let nowMs = 1000;
  const { sampler } = samplerOf(t, 1000, () => nowMs);
  const tick = () => {
    nowMs += 1000;
    const before = sampler.filesRead;
    const sample = sampler.sample([{ id: 'a', cgroup }], NOTHING).containers.get('a');
    return { pids: sample?.pids, files: sampler.filesRead - before };
  };
  for (let count = 0; count < 5; count += 1) tick();
  const few = Math.min(...Array.from({ length: 5 }, () => tick().files));
  const dir = directoryOf(cgroup, 'pids');
  assert.ok(dir !== undefined);
  const sleeper = spawn('/bin/sleep', ['1000']);
  t.after(() => sleeper.kill('SIGKILL'));
  await once(sleeper, 'spawn');
  // What it still did inside would be CPU time there.
  await eventually(() => readFileSync(`/proc/${sleeper.pid}/wchan`, 'latin1').includes('nanosleep'));
  writeFileSync(`${dir}/cgroup.procs`, String(sleeper.pid));
  const seen = Array.from({ length: 5 }, tick);
  assert.ok(seen.some(({ pids }) => pids === 1));
  const after = Array.from({ length: 5 }, tick);
  assert.ok(
    after.every(({ pids, files }) => pids === 1 && files > few),
    JSON.stringify(after),
  );
  const gone = once(sleeper, 'exit');
  sleeper.kill('SIGKILL');
  await gone;
});

test('files are held open, at most twelve a cgroup, and closed with it', ROOT, async (t) => {
  const parent = tempCgroupParent(t);
  const before = openFds();
  const { sampler, files, close } = samplerOf(t);
  const sets = ['a', 'b', 'c'].map((id) => ({ id, cgroup: createCgroup(HOST, `${parent}/${id}`, {}) }));
  for (let tick = 0; tick < 6; tick += 1) assert.equal(sampler.sample(sets, NOTHING).containers.size, 3);
  assert.ok(files.held > 3 && files.held <= 36, `${files.held} files`);
  const held = files.held;
  assert.equal(sampler.sample(sets.slice(1), NOTHING).containers.size, 2);
  assert.equal(files.held, (held / 3) * 2);
  for (const { cgroup } of sets) await removeCgroup(cgroup, { clock });
  assert.equal(sampler.sample(sets, NOTHING).containers.size, 0);
  assert.equal(files.held, 0);
  close();
  assert.equal(openFds(), before);
});

test('a cgroup that was made anew under the same path is read again', ROOT, async (t) => {
  const parent = tempCgroupParent(t);
  const { sampler } = samplerOf(t);
  const make = () => createCgroup(HOST, `${parent}/again`, { pids: { max: 7 } });
  const cgroup = make();
  const see = () => sampler.sample([{ id: 'a', cgroup }], NOTHING).containers.get('a');
  assert.equal(see()?.pids, 0);
  await removeCgroup(cgroup, { clock });
  make();
  see();
  assert.equal(see()?.pids, 0);
  await removeCgroup(cgroup, { clock });
  assert.equal(see(), undefined);
});

test('with no room to hold files they are opened for each read', ROOT, (t) => {
  const cgroup = cgroupIn(t);
  const { sampler, files } = samplerOf(t, 2);
  for (let tick = 0; tick < 3; tick += 1) {
    const seen = sampler.sample([{ id: 'a', cgroup }], NOTHING).containers.get('a');
    assert.equal(seen?.pids, 0);
    assert.ok(seen?.memoryBytes !== undefined && seen.cpuUsec !== undefined);
  }
  assert.equal(files.held, 2);
});

test('a whole sample stands while ticks go on', ROOT, (t) => {
  const cgroup = cgroupIn(t);
  const { sampler } = samplerOf(t);
  const subjects = [{ id: 'a', cgroup }];
  sampler.sample(subjects, NOTHING);
  const whole = sampler.sampleWhole(subjects).containers.get('a');
  const copy = structuredClone(whole);
  for (let tick = 0; tick < 6; tick += 1) sampler.sample(subjects, NOTHING);
  assert.deepEqual(whole, copy);
});
