import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true, controller: 'pids' });

test('a tug of war backs off, is a condition that names the other, and ends when the other stops', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  agent.guard(t);
  const id = await agent.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
  const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  const writer = await OutsideWriter.start(t);
  const view = () => agent.backend.drift(id);
  let fighting = true;
  const fight = (async () => {
    for (; fighting; await sleep(5)) await writer.writeOnly(file, '999');
  })();
  await eventually(() => view().wars.length === 1);
  const begun = view().total;
  const cpu = process.cpuUsage();
  await eventually(() => (view().wars[0]?.backOffMs ?? 0) >= 4000);
  const { user, system } = process.cpuUsage(cpu);
  const [condition] = agent.backend.inspect(id).conditions.filter(({ type }) => type === 'DriftWar');
  assert.equal(condition?.field, 'pids.max');
  assert.match(condition?.message ?? '', new RegExp(`${writer.comm} \\(pid ${writer.pid}, .* keeps changing pids.max`));
  assert.equal(view().wars[0]?.writer?.pid, writer.pid);
  assert.ok(view().total - begun <= 4, `${view().total - begun} repairs while it backed off`);
  t.diagnostic(
    `${begun} repairs until the war, ${view().total - begun} in it; ${Math.round((user + system) / 1000)} ms of CPU meanwhile`,
  );

  fighting = false;
  await fight;
  // The last of the other's values goes at the end of the back-off; then it holds.
  await eventually(() => readFileSync(file, 'utf8') === '60\n');
  await eventually(() => view().wars.length === 0);
  assert.deepEqual(
    agent.backend.inspect(id).conditions.filter(({ type }) => type === 'DriftWar'),
    [],
  );
  assert.ok((await writer.write(file, '998')) < 5000);
  await eventually(() => view().drifts.at(-1)?.from === 998);
  const wars = (await agent.events()).filter(({ type }) => type === 'drift-war');
  assert.deepEqual(
    wars.map(({ attributes }) => [attributes.phase, attributes.field, attributes.writerPid]),
    [
      ['begin', 'pids.max', writer.pid],
      ['end', 'pids.max', writer.pid],
    ],
  );
});

test('a writer of what is there anyway causes no drift, and no haste; by paths, as older kernels tell, too', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  agent.guard(t, 'paths');
  const id = await agent.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
  const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  const writer = await OutsideWriter.start(t);
  for (let n = 0; n < 200; n += 1) await writer.writeOnly(file, '60');
  assert.equal(agent.backend.drift(id).total, 0);
  // And is seen when it writes something else after all.
  await writer.write(file, '61');
  await eventually(() => agent.backend.drift(id).total === 1);
});

test('without fanotify the next look puts it back, and cannot say who wrote; an override gone ends a war', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
  const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  assert.equal(agent.backend.drift(id).watching, 'scan');
  // What is in force just after a start is noted by the first look.
  await agent.reassert();
  for (let n = 0; n < 12; n += 1) {
    writeFileSync(file, '999');
    await agent.reassert();
  }
  const { total, drifts, wars } = agent.backend.drift(id);
  // The twelfth is let stand: the eleventh began a war.
  assert.deepEqual([total, wars.length, readFileSync(file, 'utf8')], [11, 1, '999\n']);
  assert.deepEqual([drifts[0]?.cause, drifts[0]?.writer, drifts[0]?.from, drifts[0]?.to], ['scan', null, 999, 60]);
  await agent.backend.setLimits(id, { pids: { max: 70 } }, { clear: false });
  assert.equal(readFileSync(file, 'utf8'), '70\n');
});

test('when the kernel had more to tell than it keeps, all limits are looked at', needs, async (t) => {
  const agent = await AgentBackend.start(t);
  const watch = agent.guard(t);
  const id = await agent.run('sleep 1000', { name: 'a', limits: { pids: { max: 60 } } });
  const file = join(agent.backend.inspect(id).cgroups.pids ?? '', 'pids.max');
  await agent.reassert();
  // Told of, it is taken for a write of our own.
  writeFileSync(file, '999');
  await sleep(100);
  assert.equal(readFileSync(file, 'utf8'), '999\n');
  watch.heard([{ mask: 0x4000, pid: 0, overflow: true, dir: '', name: '' }]);
  await eventually(() => readFileSync(file, 'utf8') === '60\n');
  await eventually(() => agent.backend.drift(id).total === 1);
  assert.equal(agent.backend.drift(id).drifts[0]?.cause, 'scan');
  assert.equal(agent.containers.drift.overflows, 1);
});
