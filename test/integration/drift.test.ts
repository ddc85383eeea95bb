import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DriftView } from '#agent/contract/drift.js';
import { quantile } from '#test/bench/quantiles.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { openFds } from '#test/support/leaks.js';
import { driftTargets, limitsOfAll } from '#test/support/limit-files.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import { requires } from '#test/support/requires.js';

const DRIFTS = Number(process.env.TSGOV_TEST_DRIFTS ?? 500);
const needs = requires({ root: true, controller: 'memory' });
const drifts = (agent: AgentBackend, id: string): DriftView => agent.backend.drift(id);

/** So many that no limit of any is put back more often than in a tug of war. */
const CONTAINERS = Math.ceil(DRIFTS / 40);
const ROUND_MS = 10_000;

test('what somebody else writes to any enforced file is put back at once, and it is said who wrote', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  agent.guard(t);
  const ids: string[] = [];
  for (let n = 0; n < CONTAINERS; n += 1) ids.push(await agent.run('sleep 1000', { name: `c${n}`, limits: limitsOfAll() }));
  const targets = ids.map((id) => driftTargets(agent.backend.inspect(id)));
  const before = ids.map((id) => agent.backend.limits(id));
  const writer = await OutsideWriter.start(t);
  const times: number[] = [];
  for (let nextMs = 0; times.length < DRIFTS; ) {
    await sleep(Math.max(0, nextMs - performance.now()));
    nextMs = performance.now() + ROUND_MS;
    for (let turn = 0; turn < 4; turn += 1)
      for (const { path, value } of targets.flat()) if (times.length < DRIFTS) times.push(await writer.write(path, value));
  }
  const files = new Set(targets.flat().map(({ path }) => basename(path)));
  t.diagnostic(
    `${times.length} writes to ${files.size} files: p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms, longest ${Math.max(...times).toFixed(1)} ms`,
  );
  t.diagnostic([...files].join(' '));
  await eventually(() => ids.every((id) => drifts(agent, id).wars.length === 0));
  assert.deepEqual(
    ids.map((id) => agent.backend.limits(id)),
    before,
  );
  // The last is put back before it is told. One write may change two limits (v1's memory and swap).
  const seen = await becomes(`${times.length} drifts are told`, () => {
    const all = ids.flatMap((id) => drifts(agent, id).drifts);
    return all.length >= Math.min(times.length, 100) && all;
  });
  for (const drift of seen) {
    assert.equal(drift.cause, 'fanotify');
    assert.equal(drift.repaired, true);
    assert.equal(drift.source, 'run');
    assert.notEqual(drift.from, drift.to);
    assert.equal(drift.writer?.pid, writer.pid);
    assert.equal(drift.writer?.comm, writer.comm);
    assert.equal(drift.writer?.uid, 0);
    assert.match(drift.writer?.cmdline ?? '', /outside-writer/);
    assert.equal(drift.writer?.exe, process.execPath);
  }
});

test(
  'a drift is an event, with the old value, the new one and who wrote; a writer that is gone is said to be',
  needs,
  async (t) => {
    const agent = await AgentBackend.start(t);
    agent.guard(t);
    const id = await agent.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
    const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
    const shell = spawnSync('/bin/sh', ['-c', `echo 77 > ${file}; echo $$`]);
    await eventually(() => readFileSync(file, 'utf8') === '60\n');
    await eventually(() => drifts(agent, id).total === 1);
    const [event] = (await agent.events()).filter(({ type }) => type === 'drift');
    assert.equal(event?.container?.id, id);
    const { field, from, to, source, cause, repaired, writerPid, writerGone } = event?.attributes ?? {};
    assert.deepEqual(
      { field, from, to, source, cause, repaired },
      { field: 'pids.max', from: 77, to: 60, source: 'run', cause: 'fanotify', repaired: true },
    );
    assert.equal(writerPid, Number(String(shell.stdout)));
    // spawnSync kept the event loop until the shell had ended.
    assert.equal(writerGone, true);
    assert.equal(event?.attributes.writerComm, undefined);
  },
);

test('a limit set meanwhile is no drift, nor is a value the kernel rounds, nor our own writes', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  agent.guard(t);
  const id = await agent.run('sleep 1000', { name: 'a', limits: { memory: { max: 50_000_001 }, pids: { max: 60 } } });
  const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  const writer = await OutsideWriter.start(t);
  await agent.backend.setLimits(id, { memory: { max: 60_000_001 }, pids: { max: 61 } }, { clear: false });
  await writer.writeOnly(file, '61');
  await agent.reassert();
  await sleep(300);
  assert.equal(drifts(agent, id).total, 0);
  // While limits change, others' writes are not taken for ours.
  for (let max = 62; max < 68; max += 1) {
    const writes = writer.writeOnly(file, '9999');
    await agent.backend.setLimits(id, { pids: { max } }, { clear: false });
    await writes;
    await eventually(() => readFileSync(file, 'utf8') === `${max}\n`);
    await sleep(50);
    assert.equal(readFileSync(file, 'utf8'), `${max}\n`);
  }
});

test('agents side by side repair only their own, and closed, nothing is watched or open', needs, async (t) => {
  const before = openFds().filter((fd) => fd.includes('fanotify')).length;
  const one = await AgentBackend.start(t);
  const two = await AgentBackend.start(t);
  const stops: (() => void | Promise<void>)[] = [];
  one.guard({ after: (stop) => stops.push(stop) });
  two.guard({ after: (stop) => stops.push(stop) });
  const id = await one.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
  const other = await two.run('sleep 1000', { name: 'a', limits: { pids: { max: 50 } } });
  const file = join(one.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  const writer = await OutsideWriter.start(t);
  await writer.write(file, 'max');
  await eventually(() => drifts(one, id).total === 1);
  assert.equal(drifts(two, other).total, 0);
  for (const stop of stops) await stop();
  await eventually(() => openFds().filter((fd) => fd.includes('fanotify')).length === before);
  await writer.writeOnly(file, '7');
  await sleep(100);
  assert.equal(readFileSync(file, 'utf8'), '7\n');
  await one.reassert();
  assert.equal(readFileSync(file, 'utf8'), '60\n');
  const [, scanned] = drifts(one, id).drifts;
  assert.deepEqual([scanned?.cause, scanned?.writer, scanned?.from], ['scan', null, 7]);
});
