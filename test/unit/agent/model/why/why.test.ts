import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CgroupSample } from '#agent/model/sample.js';
import { containerSignals } from '#agent/model/signals.js';
import type { OtherFacts, RunFacts, WhyFacts } from '#agent/model/why/facts.js';
import { whyHeldBack, whyUnknown } from '#agent/model/why/why.js';
import { cgroupSample, nodeSample } from '#test/support/samples.js';

const WINDOW_MS = 2000;
const MiB = 1 << 20;
const psi = (totalUsec: number) => ({ some: { avg10: 0, avg60: 0, avg300: 0, totalUsec }, full: undefined });
const io = (monotonicMs: number, writeBytes: number) => ({
  monotonicMs,
  devices: { '8:0': { readBytes: 0, writeBytes, reads: 0, writes: 0 } },
});

/** A run whose counters rose from nothing to `after` in the window. */
function runOf(after: Partial<CgroupSample>, limits: RunFacts['limits'] = {}, cpus: readonly number[] = [0, 1]): RunFacts {
  const calm = { cpuUsec: 0, cpuPressure: psi(0), memoryPressure: psi(0), ioPressure: psi(0) };
  const zero = Object.fromEntries(
    Object.keys(after).map((key) => [key, typeof after[key as keyof CgroupSample] === 'number' ? 0 : undefined]),
  );
  const before = cgroupSample({ ...zero, ...calm, io: io(0, 0) });
  const now = cgroupSample({ ...calm, io: io(WINDOW_MS, 0), ...after, monotonicMs: WINDOW_MS });
  const signals = containerSignals(before, now, limits);
  return { limits, before, after: now, cpus, snapshot: { ...IDENTITY, limits, frozen: now.frozen, signals } };
}

const IDENTITY = {
  id: 'a',
  name: 'a',
  image: '',
  labels: {},
  runtime: 'tsgov',
  cgroup: '/a',
  ending: false,
  memory: {},
};

function neighbour(name: string, cores: number, cpus: readonly number[], over: Partial<CgroupSample> = {}): OtherFacts {
  const { before, after, snapshot } = runOf({ cpuUsec: cores * WINDOW_MS * 1000, ...over }, {}, cpus);
  return { id: `id-${name}`, name, snapshot: { ...snapshot, name }, before, after, cpus };
}

function facts(run: RunFacts | undefined, over: Partial<WhyFacts> = {}): WhyFacts {
  return {
    windowMs: WINDOW_MS,
    status: run === undefined ? 'exited' : 'running',
    end: { exitCode: null, oomKilled: false, error: null },
    sources: {},
    runtime: 'tsgov',
    frozen: undefined,
    run,
    node: { before: nodeSample(), after: nodeSample(), busyCores: 1, memoryAvailablePercent: 50 },
    others: [],
    ...over,
  };
}

const kinds = (found: ReturnType<typeof whyHeldBack>) => found.map(({ kind }) => kind);

test('nothing holds back one that uses little of what it may', () => {
  const run = runOf({ cpuUsec: 20_000, memoryBytes: MiB, pids: 2 }, { 'cpu.max': 1, 'memory.max': 64 * MiB, 'pids.max': 10 });
  assert.deepEqual(whyHeldBack(facts(run)), []);
  assert.deepEqual(whyUnknown(facts(run)), ['no figures of disks']);
});

test('its own quota comes first, with the share of the time it was throttled and who set it', () => {
  const over = { cpuUsec: 400_000, periods: 20, throttledPeriods: 20, throttledUsec: 1_600_000, cpuPressure: psi(1_700_000) };
  const found = whyHeldBack(facts(runOf(over, { 'cpu.max': 0.2 }), { sources: { 'cpu.max': 'policy/batch' } }));
  assert.deepEqual(kinds(found), ['cpu-quota', 'cpu-neighbour']);
  assert.equal(found[0]?.sharePercent, 80);
  assert.equal(found[0]?.setBy, 'policy/batch');
  assert.deepEqual(found[0]?.figures, { throttledPeriodsPercent: 100, coresUsed: 0.2, maxCores: 0.2 });
  // Of the 85 % it waited, the quota's 80 are not the neighbours'.
  assert.equal(found[1]?.sharePercent, 5);
});

test('neighbours on the same CPUs are named, those on others are not; the weight is told too', () => {
  const run = runOf({ cpuUsec: 900_000, cpuPressure: psi(1_000_000) }, { 'cpu.weight': 20 }, [0]);
  const others = [neighbour('far', 1, [1]), neighbour('near', 0.5, [0]), neighbour('asleep', 0, [0])];
  const found = whyHeldBack(facts(run, { others, sources: { 'cpuset.cpus': 'run', 'cpu.weight': 'override' } }));
  assert.deepEqual(kinds(found), ['cpu-neighbour', 'cpu-weight']);
  assert.deepEqual(found[0]?.others, [{ id: 'id-near', name: 'near', figure: '0.5 cores' }]);
  assert.deepEqual([found[0]?.field, found[0]?.setBy], ['cpuset.cpus', 'run']);
  assert.deepEqual([found[1]?.field, found[1]?.setBy], ['cpu.weight', 'override']);
});

test('what runs outside of containers is a neighbour too', () => {
  const run = runOf({ cpuUsec: 1_000_000, cpuPressure: psi(1_000_000) });
  const node = { before: nodeSample(), after: nodeSample(), busyCores: 2, memoryAvailablePercent: 50 };
  assert.deepEqual(whyHeldBack(facts(run, { node }))[0]?.others, [{ id: '', name: '', figure: '1.5 cores' }]);
});

test('one that uses all the CPUs it may lacks CPUs: its cpuset, or the node', () => {
  const busy = { cpuUsec: 1_980_000, cpuPressure: psi(1_500_000) };
  const [narrow] = whyHeldBack(facts(runOf(busy, {}, [1]), { sources: { 'cpuset.cpus': 'policy/pin' } }));
  assert.deepEqual([narrow?.kind, narrow?.setBy], ['cpu-set', 'policy/pin']);
  const [all] = whyHeldBack(facts(runOf({ ...busy, cpuUsec: 3_900_000 })));
  assert.deepEqual([all?.kind, all?.setBy], ['cpu-node', null]);
});

test('memory: killed, over memory.high, at memory.max, or short with the node', () => {
  const memoryPressure = psi(600_000);
  const max = { 'memory.max': 64 * MiB };
  const sources = { 'memory.max': 'run', 'memory.high': 'rule/p/r' };
  const of = (over: Partial<CgroupSample>, limits: RunFacts['limits']) =>
    whyHeldBack(facts(runOf({ memoryPressure, ...over }, limits), { sources }));
  const atMax = of({ maxEvents: 7, memoryBytes: 64 * MiB }, max);
  assert.deepEqual(kinds(atMax), ['memory-max']);
  assert.deepEqual([atMax[0]?.sharePercent, atMax[0]?.setBy, atMax[0]?.figures.limitHits], [30, 'run', 7]);
  assert.deepEqual(kinds(of({ oomKills: 2, maxEvents: 7 }, max)), ['oom', 'memory-max']);
  const [high] = of({ highEvents: 9, memoryBytes: 50 * MiB }, { 'memory.high': 48 * MiB, ...max });
  assert.deepEqual([high?.kind, high?.setBy, high?.figures.highEvents], ['memory-high', 'rule/p/r', 9]);
  const node = of({ memoryBytes: MiB }, {});
  assert.deepEqual([node[0]?.kind, node[0]?.figures.nodeAvailablePercent], ['memory-node', 50]);
});

test('a page cache that fills the limit without anything waiting for it holds nothing back', () => {
  assert.deepEqual(whyHeldBack(facts(runOf({ memoryBytes: 64 * MiB }, { 'memory.max': 64 * MiB }))), []);
});

test('I/O at its rate is the limit, below it is the disk and who uses it', () => {
  const field = 'io.devices[8:0].writeBps';
  const run = (bytes: number) => runOf({ ioPressure: psi(1_800_000), io: io(WINDOW_MS, bytes) }, { [field]: MiB });
  const [limit] = whyHeldBack(facts(run(2 * MiB), { sources: { [field]: 'policy/slow' } }));
  assert.deepEqual([limit?.kind, limit?.sharePercent, limit?.field, limit?.setBy], ['io-limit', 90, field, 'policy/slow']);
  assert.equal(limit?.figures.ofLimitPercent, 100);
  const disks = (monotonicMs: number, busyMs: number) =>
    nodeSample({ monotonicMs, disks: { monotonicMs, devices: { '8:0': { name: 'sda', busyMs } } } });
  const node = { before: disks(0, 0), after: disks(WINDOW_MS, 1900), busyCores: 1, memoryAvailablePercent: 50 };
  const others = [neighbour('writer', 0, [0], { io: io(WINDOW_MS, 20 * MiB) }), neighbour('quiet', 0, [0])];
  const [disk] = whyHeldBack(facts(run(MiB), { node, others }));
  assert.deepEqual([disk?.kind, disk?.figures.diskBusyPercent], ['io-disk', 95]);
  assert.deepEqual(disk?.others, [{ id: 'id-writer', name: 'writer', figure: '10 MiB/s' }]);
  assert.match(disk?.summary ?? '', /disk sda, which is busy 95 %/);
});

test('forks that pids.max refused, or would', () => {
  const limits = { 'pids.max': 10 };
  assert.deepEqual(kinds(whyHeldBack(facts(runOf({ pids: 9, pidsRefused: 3 }, limits)))), ['pids-max']);
  assert.deepEqual(kinds(whyHeldBack(facts(runOf({ pids: 10 }, limits)))), ['pids-max']);
  assert.deepEqual(kinds(whyHeldBack(facts(runOf({ pids: 9 }, limits)))), []);
});

test('one that stands still is held back by that alone, and by whom is told', () => {
  const run = runOf({ frozen: true, cpuPressure: psi(2_000_000) });
  const still = { parent: undefined, by: undefined, thawAtMs: null, nowMs: 0 };
  const of = (over: Partial<WhyFacts>) => whyHeldBack(facts(run, { frozen: still, ...over }));
  assert.deepEqual(kinds(of({})), ['frozen']);
  assert.equal(of({})[0]?.setBy, 'not tsgov: frozen from outside');
  assert.equal(of({ sources: { state: 'policy/night' } })[0]?.setBy, 'policy/night');
  const deadline = of({ frozen: { ...still, by: 'user', thawAtMs: 30_000, nowMs: 10_000 } })[0];
  assert.deepEqual([deadline?.setBy, deadline?.figures.thawsInSec], ['user', 20]);
  assert.match(of({ frozen: { ...still, parent: '/tsgov' } })[0]?.summary ?? '', /cgroup \/tsgov is frozen/);
});

test('one that does not run: how it ended', () => {
  const of = (end: Partial<WhyFacts['end']>, status: WhyFacts['status'] = 'exited') =>
    whyHeldBack(facts(undefined, { status, end: { exitCode: null, oomKilled: false, error: null, ...end } }))[0]?.summary;
  assert.match(of({ exitCode: 137, oomKilled: true }) ?? '', /want of memory/);
  assert.match(of({ exitCode: 143 }) ?? '', /exit code 143 \(signal 15\)/);
  assert.match(of({ error: 'no such file' }, 'dead') ?? '', /no such file/);
  assert.match(of({}, 'created') ?? '', /never started/);
});

test('where there is no pressure the share is not known, and that is said', () => {
  const none = { cpuPressure: undefined, memoryPressure: undefined, ioPressure: undefined, io: undefined };
  const run = runOf({ ...none, maxEvents: 5, memoryBytes: 64 * MiB }, { 'memory.max': 64 * MiB });
  const found = whyHeldBack(facts(run));
  assert.deepEqual([found[0]?.kind, found[0]?.sharePercent], ['memory-max', null]);
  assert.match(whyUnknown(facts(run)).join('\n'), /no pressure figures .* cpu, memory, io[\s\S]*no I\/O figures/);
});

test('what somebody else set is named as the runtime, or as from outside', () => {
  const over = { cpuUsec: 1, periods: 20, throttledPeriods: 10, throttledUsec: 1_000_000 };
  const of = (runtime: string) => whyHeldBack(facts(runOf(over, { 'cpu.max': 1 }), { runtime }))[0]?.setBy;
  assert.equal(of('docker'), 'docker');
  assert.equal(of('tsgov'), 'not tsgov: written from outside');
});

test('what BPF tells of the wait for a CPU is among the figures', () => {
  const run = runOf({ cpuUsec: 1_000_000, cpuPressure: psi(1_000_000) });
  run.snapshot.signals['cpu.latency.p99'] = 12_345;
  const [found] = whyHeldBack(facts(run, { others: [neighbour('b', 1, [0, 1])] }));
  assert.equal(found?.kind, 'cpu-neighbour');
  assert.equal(found?.figures.cpuWaitP99Ms, 12.3);
});
