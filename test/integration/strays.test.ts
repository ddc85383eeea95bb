import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { directories, openCgroup } from '#runtime/cgroup/cgroup-set.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { procsIn } from '#runtime/cgroup/procs.js';
import { findStrays } from '#runtime/cgroup/strays.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { eventually } from '#test/support/eventually.js';

test('a process moved out of its cgroup is noticed in each hierarchy, told and put back', async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('sleep 1000 & exec sleep 1000', { limits: { pids: { max: 20 } } });
  const host = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
  const set = openCgroup(host, `${agent.cgroupParent}/${id}`);
  assert.ok(set !== undefined);
  const { pid } = agent.backend.inspect(id).state;
  assert.ok(pid !== null);
  // A child that is made only while its parent is outside is a stray too.
  await eventually(() => procsIn(directories(set)[0]?.dir ?? '').length === 2);
  assert.deepEqual(findStrays(set, pid, '/proc'), []);
  for (const { dir } of directories(set)) {
    // The tests' own cgroup parent may hold no process in v2, the root may.
    const outside = dirname(dirname(dir));
    writeFileSync(`${outside}/cgroup.procs`, String(pid));
    const strays = findStrays(set, pid, '/proc');
    assert.deepEqual(
      strays.map((stray) => [stray.pid, stray.dir]),
      [[pid, dir]],
    );
    await agent.reassert();
    assert.ok(procsIn(dir).includes(pid), `${dir} has it again`);
    assert.deepEqual(findStrays(set, pid, '/proc'), []);
  }
  const told = (await agent.events()).filter(({ type }) => type === 'stray');
  assert.equal(told.length, directories(set).length);
  assert.ok(
    told.every(({ container, attributes }) => container?.id === id && attributes.pid === pid && attributes.back === true),
  );
  assert.equal(agent.backend.inspect(id).conditions.filter(({ type }) => type === 'ProcessOutside').length, 0);
});

test('a child that left only one hierarchy is found, whichever it is, before each was listed once', async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('sleep 1000 & exec sleep 1000');
  const host = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
  const set = openCgroup(host, `${agent.cgroupParent}/${id}`);
  const { pid } = agent.backend.inspect(id).state;
  assert.ok(set !== undefined && pid !== null);
  const dirs = directories(set).map(({ dir }) => dir);
  await eventually(() => procsIn(dirs[0] ?? '').length === 2);
  const child = procsIn(dirs[0] ?? '').find((each) => each !== pid);
  for (const dir of dirs) {
    writeFileSync(`${dirname(dirname(dir))}/cgroup.procs`, String(child));
    const found = dirs.flatMap((_, first) => findStrays(set, pid, '/proc', first));
    // Where it is in none any more, it is nobody's.
    if (dirs.length > 1) assert.ok(found.length > 0);
    assert.ok(found.every((stray) => stray.pid === child && stray.dir === dir));
    writeFileSync(`${dir}/cgroup.procs`, String(child));
  }
});

test('what ends, joins or stays where it is is no stray', async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('while :; do /bin/true; done');
  for (let round = 0; round < 5; round++) await agent.reassert();
  assert.deepEqual(
    (await agent.events()).filter(({ type }) => type === 'stray'),
    [],
  );
  const { pid } = agent.backend.inspect(id).state;
  assert.match(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), new RegExp(id));
});
