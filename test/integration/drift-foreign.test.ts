import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { directoryOf } from '#runtime/cgroup/cgroup-set.js';
import { frozenState } from '#runtime/cgroup/freezer.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { guestIn, hasJoined } from '#test/support/cgroup-guest.js';
import { becomes, eventually } from '#test/support/eventually.js';
import { foundIn, handMade } from '#test/support/hand-made.js';
import { OutsideWriter } from '#test/support/outside-writer.js';
import { requires } from '#test/support/requires.js';
import { SetPolicies } from '#test/support/set-policies.js';
import { tempCgroupParent } from '#test/support/temp.js';

const needs = requires({ root: true, controller: ['pids', 'freezer'] });

async function setUp(t: TestContext) {
  const policies = new SetPolicies();
  const parent = tempCgroupParent(t);
  const agent = await AgentBackend.start(t, { others: 'events', policies });
  agent.guard(t);
  return { policies, agent, parent };
}

test(
  'limits on a cgroup that is not ours are put back like our own; a writer in a governed one is named with it',
  needs,
  async (t) => {
    const { agent, parent } = await setUp(t);
    const [box, other] = [handMade(`${parent}/box`), handMade(`${parent}/other`)];
    const file = join(directoryOf(box, 'pids') ?? '', 'pids.max');
    const sleeper = guestIn(t, box, ['sleep', '1000']);
    const guest = guestIn(t, other, ['sh', '-c', `read x; echo 77 > ${file}; read y`]);
    await eventually(() => hasJoined(box, sleeper) && hasJoined(other, guest));
    for (const set of [box, other]) {
      await becomes(`${set.path} is there`, () => foundIn(agent.backend.list(['other']), set.path));
      await agent.backend.setLimits(set.path, { pids: { max: 50 } }, { clear: false });
    }
    const writer = await OutsideWriter.start(t);
    await writer.write(file, 'max');
    await eventually(() => agent.backend.drift(box.path).total === 1);
    guest.child.stdin?.write('go\n');
    await eventually(() => agent.backend.drift(box.path).total === 2);
    assert.equal(readFileSync(file, 'utf8'), '50\n');
    const [first, second] = agent.backend.drift(box.path).drifts;
    assert.deepEqual([first?.from, first?.to, first?.source, first?.writer?.pid], ['max', 50, 'override', writer.pid]);
    assert.deepEqual([second?.cause, second?.from, second?.writer?.comm, second?.writer?.pid], ['fanotify', 77, 'sh', guest.pid]);
    assert.equal(second?.writer?.container, other.path);
    // Nobody enforces it any more: then it is theirs.
    await agent.backend.setLimits(box.path, {}, { clear: true });
    await writer.writeOnly(file, '66');
    await agent.reassert();
    assert.equal(readFileSync(file, 'utf8'), '66\n');
    await agent.backend.setLimits(other.path, {}, { clear: true });
  },
);

test('whoever freezes what a policy wants thawed, by either freezer, thaws it by that', needs, async (t) => {
  const { agent, policies } = await setUp(t);
  policies.set('go', { name: ['a'] }, { state: 'thawed' });
  const id = await agent.run('sleep 1000', { name: 'a' });
  await agent.reassert();
  const { cgroups } = agent.backend.inspect(id);
  const files = [join(cgroups.freezer ?? '', 'freezer.state'), join(cgroups.unified ?? '', 'cgroup.freeze')].filter((file) =>
    existsSync(file),
  );
  const writer = await OutsideWriter.start(t);
  for (const [index, file] of files.entries()) {
    await writer.write(file, file.endsWith('.state') ? 'FROZEN' : '1');
    await eventually(() => agent.backend.drift(id).total === index + 1);
    const drift = agent.backend.drift(id).drifts.at(-1);
    assert.deepEqual(
      [drift?.field, drift?.from, drift?.to, drift?.source, drift?.writer?.pid],
      ['state', 'frozen', 'thawed', 'policy/go', writer.pid],
    );
  }
  const run = agent.containers.all().find((each) => each.id === id);
  assert.equal(run?.cgroup && frozenState(run.cgroup), 'thawed');
});
