import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmdirSync } from 'node:fs';
import { test } from 'node:test';
import { type CgroupSet, directories } from '#runtime/cgroup/cgroup-set.js';
import { frozenState } from '#runtime/cgroup/freezer.js';
import { AgentHere } from '#test/support/agent-here.js';
import { guestIn, kernelText } from '#test/support/cgroup-guest.js';
import { handMade, settings } from '#test/support/hand-made.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['pids', 'freezer'] });
const PIDS_MAX = { v1: 'pids.max', v2: 'pids.max' };
const agentFor = AgentHere.shared({ tickMs: 100 });
const ALWAYS = { signal: 'pids.current', above: 0 };

test('rules act on a cgroup that somebody else made, and leave it as it was found', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await agentFor(t);
  const path = `${parent}/plain`;
  const set = handMade(path, { pids: { max: 77 } });
  guestIn(t, set, ['sleep', '1000']);
  const before = settings(set);
  const rule = { name: 'r', when: ALWAYS, do: [{ set: { 'pids.max': '-50%' } }, { freeze: { for: '1h' } }], cooldown: '1h' };
  await agent.policy('plain', { match: { cgroup: path }, rules: [rule] });
  await agent.until('its limit is set', async () => kernelText(set, 'pids', PIDS_MAX) === '39');
  await agent.until('it is frozen', async () => frozenState(set) === 'frozen');
  await agent.client.removePolicy('plain');
  await agent.until('all is as it was found', async () => {
    const now = settings(set);
    return Object.entries(before).every(([file, text]) => now[file] === text);
  });
  const rows = await agent.until('on record', async () => {
    const all = (await agent.journal(encodeURIComponent(path))).filter(({ actor }) => actor === 'rule/plain/r');
    return all.length === 4 && all;
  });
  assert.deepEqual(
    rows.map(({ action, field, before: from, after: to, result }) => [action, field, from, to, result]),
    [
      ['set', 'pids.max', 77, 39, 'done'],
      ['freeze', 'state', 'thawed', 'frozen', 'done'],
      ['undo', 'state', 'frozen', 'thawed', 'done'],
      ['undo', 'pids.max', '39', '77', 'done'],
    ],
  );
  assert.equal(rows[0]?.container?.runtime, 'other');
});

test('terminate asks all of a plain cgroup, and kills what does not go; kill does not ask', NEEDS, async (t) => {
  const parent = tempCgroupParent(t);
  const agent = await agentFor(t);
  const end = async (name: string, command: string[], step: object) => {
    const path = `${parent}/${name}`;
    const guest = guestIn(t, handMade(path), command);
    const ended = once(guest.child, 'exit');
    // Its trap is set.
    if (command[0] === 'sh') await once(guest.child.stdout as NodeJS.ReadableStream, 'data');
    await agent.policy(name, { match: { cgroup: path }, rules: [{ name: 'r', when: ALWAYS, do: [step], cooldown: '1h' }] });
    return (await ended) as [number | null, string | null];
  };
  const asked = ['sh', '-c', 'trap "exit 9" TERM; echo set; while :; do sleep 0.1; done'];
  assert.deepEqual(await end('asked', asked, { terminate: { grace: '30s' } }), [9, null]);
  const deaf = ['sh', '-c', 'trap "" TERM; echo set; while :; do sleep 0.1; done'];
  assert.deepEqual(await end('deaf', deaf, { terminate: { grace: '300ms' } }), [null, 'SIGKILL']);
  assert.deepEqual(await end('killed', ['sleep', '1000'], { kill: {} }), [null, 'SIGKILL']);
});

test(
  'a plain cgroup that a policy governs leaves a death record when it goes; one that nobody governs leaves none',
  NEEDS,
  async (t) => {
    const parent = tempCgroupParent(t);
    const agent = await agentFor(t);
    const [path, other] = [`${parent}/mourned`, `${parent}/nobodys`];
    await agent.policy('mourned', { match: { cgroup: path }, limits: { pids: { max: 50 } } });
    const sets = [path, other].map((each) => handMade(each));
    const guests = sets.map((set) => guestIn(t, set, ['sleep', '1000']));
    await agent.until('a policy holds it', async () => kernelText(sets[0] as CgroupSet, 'pids', PIDS_MAX) === '50');
    await agent.until('ticks have seen it', async () => {
      const { containers } = await agent.client.usage({ runtime: ['other'] });
      return containers.find(({ id }) => id === path)?.signals['cpu.usage'] !== undefined;
    });
    for (const [index, { child }] of guests.entries()) {
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (const { dir } of directories(sets[index] as CgroupSet)) rmdirSync(dir);
    }
    const [death, ...others] = await agent.until('its record', async () => {
      const { deaths } = await agent.client.deaths();
      const found = deaths.filter(({ cgroup }) => cgroup.startsWith(parent));
      return found.length > 0 && found;
    });
    assert.deepEqual(others, []);
    assert.deepEqual(
      [death?.cgroup, death?.container?.runtime, death?.exitCode, death?.lastSample?.id],
      [path, 'other', null, path],
    );
    assert.ok(Date.parse(death?.startedAt ?? '') <= Date.parse(death?.finishedAt ?? ''), `${death?.startedAt}`);
    const { events: kept } = await agent.client.keptEvents({ limit: 1000 });
    const events = kept.filter(({ type, container }) => type === 'vanish' && container?.id.startsWith(parent));
    assert.deepEqual(
      events.map(({ container }) => container?.name),
      [path],
    );
  },
);
