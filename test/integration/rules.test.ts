import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '#agent/contract/container.js';
import { AgentHere } from '#test/support/agent-here.js';
import { kernelCpuMax, kernelFile } from '#test/support/kernel-files.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids'] });
// v2 takes any memory.max and kills for it.
const V1 = requires({ root: true, cgroup: ['v1', 'hybrid'], controller: 'memory', binary: 'python3' });
const SLEEP = ['sleep', '1000'];
/** Holds always, and never. */
const ALWAYS = { signal: 'pids.current', above: 0 };
const NEVER = { signal: 'pids.current', above: 1e9 };
const rule = (steps: object[], more: object = {}) => ({ name: 'r', when: ALWAYS, do: steps, cooldown: '1h', ...more });

const agentFor = AgentHere.shared({ tickMs: 100, reassertMs: 200 });

/** A container named as its policy, and the policy's rule. */
async function ruled(agent: AgentHere, name: string, steps: object[], more: { rule?: object; policy?: object } = {}) {
  await agent.run(name, SLEEP, { limits: { pids: { max: 50 } } });
  const put = (changed: object) =>
    agent.policy(name, { match: { name }, ...more.policy, rules: [rule(steps, { ...more.rule, ...changed })] });
  await put({});
  return { put, view: () => agent.client.inspect(name), rows: () => rowsOf(agent, name) };
}

async function rowsOf(agent: AgentHere, name: string): Promise<string[]> {
  const rows = await agent.journal(name);
  return rows
    .filter(({ actor }) => actor.startsWith('rule/'))
    .map(({ action, field, before, after, result }) => `${action} ${field ?? '-'} ${before} ${after} ${result}`);
}

const within = (agent: AgentHere, what: string, check: () => Promise<boolean>) => agent.until(what, check);

test('set: in the kernel and on record until the condition is gone; the rule is named as the source', ROOT, async (t) => {
  const agent = await agentFor(t);
  const { put, view, rows } = await ruled(agent, 'set', [{ set: { 'pids.max': '-50%', 'cpu.max': 0.5 } }]);
  await within(agent, 'set', async () => (await rows()).length === 2);
  assert.equal((await view()).limitSources['pids.max'], 'rule/set/r');
  assert.equal(kernelFile(await view(), 'pids.max'), '25');
  assert.equal(kernelCpuMax(await view()), 0.5);
  await put({ when: NEVER });
  // On record once all of it is done.
  await within(agent, 'undone', async () => (await rows()).length === 3);
  assert.equal((await view()).limitSources['pids.max'], 'run');
  assert.equal(kernelFile(await view(), 'pids.max'), '50');
  assert.equal(kernelCpuMax(await view()), 'max');
  assert.deepEqual(await rows(), [
    'set pids.max 50 25 done',
    'set cpu.max null 0.5 done',
    'undo pids.max, cpu.max pids.max 25, cpu.max 0.5 pids.max 50, cpu.max no limit done',
  ]);
});

test('throttle for a time; a policy that goes takes back at once what its rules did', ROOT, async (t) => {
  const agent = await agentFor(t);
  const timed = await ruled(agent, 'timed', [{ throttle: { cpu: 0.25, for: '1s' } }]);
  await within(agent, 'throttled and let go', async () => (await timed.rows()).length === 2);
  assert.deepEqual(await timed.rows(), ['throttle cpu.max null 0.25 done', 'undo cpu.max 0.25 no limit done']);
  assert.equal(kernelCpuMax(await timed.view()), 'max');
  const gone = await ruled(agent, 'gone', [{ throttle: { cpu: 0.25 } }]);
  await within(agent, 'throttled', async () => kernelCpuMax(await gone.view()) === 0.25);
  await agent.client.removePolicy('gone');
  await within(agent, 'let go', async () => kernelCpuMax(await gone.view()) === 'max');
});

test('a limit that a person set is never overruled; the rule is refused, and says so', ROOT, async (t) => {
  const agent = await agentFor(t);
  await agent.run('mine', SLEEP);
  await agent.client.setLimits('mine', { pids: { max: 40 } });
  await agent.policy('mine', { match: { name: 'mine' }, rules: [rule([{ set: { 'pids.max': 7 } }, { notify: {} }])] });
  await within(agent, 'the next step', async () => (await rowsOf(agent, 'mine')).length === 2);
  assert.deepEqual(await rowsOf(agent, 'mine'), ['set pids.max 40 7 refused', 'notify - null null done']);
  assert.equal(kernelFile(await agent.client.inspect('mine'), 'pids.max'), '40');
  const [refused] = (await agent.journal('mine')).filter(({ result }) => result === 'refused');
  assert.match(refused?.error ?? '', /a person set pids.max/);
});

test('freeze has an end, whatever says `thawed`, and an earlier one when the condition is gone', ROOT, async (t) => {
  const agent = await agentFor(t);
  const { view, rows } = await ruled(agent, 'ice', [{ freeze: { for: '2s' } }], { policy: { limits: { state: 'thawed' } } });
  await within(agent, 'frozen', async () => (await rows())[0] === 'freeze state thawed frozen done');
  await within(agent, 'thawed at its end', async () => (await view()).state.status === 'running');
  const long = await ruled(agent, 'long', [{ freeze: { for: '1h' } }]);
  await within(agent, 'frozen', async () => (await long.view()).state.status === 'frozen');
  await long.put({ when: NEVER });
  await within(agent, 'thawed early', async () => (await long.view()).state.status === 'running');
  // The rule's own undo and the deadline on disk come at the same time: whichever is first says so.
  const thaws = async () => (await agent.journal('ice')).filter(({ action, after }) => action !== 'limit' && after === 'thawed');
  await within(agent, 'its end is on record', async () => (await thaws()).length > 0);
  assert.equal((await thaws()).length, 1);
});

test(
  'who froze a container means it: no rule thaws what a person froze, without an end or with one of their own',
  ROOT,
  async (t) => {
    const agent = await agentFor(t);
    const persons = { 'ice-forever': {}, 'ice-timed': { for: '1h' } };
    const frozen = await Promise.all(
      Object.entries(persons).map(async ([name, freeze]) => {
        const { view, rows } = await ruled(agent, name, [{ freeze: { for: '4s' } }]);
        await within(agent, 'frozen', async () => (await view()).state.status === 'frozen');
        await agent.client.thaw(name);
        await agent.client.freeze(name, freeze);
        return { view, rows };
      }),
    );
    for (const { view, rows } of frozen) {
      await within(agent, 'the end of the rule’s', async () => (await rows()).length === 2);
      assert.deepEqual(await rows(), ['freeze state thawed frozen done', 'undo state null null refused']);
      assert.equal((await view()).state.status, 'frozen');
    }
  },
);

test('observe: the same rows and events, but for the writes', ROOT, async (t) => {
  const agent = await agentFor(t);
  const steps = [{ notify: { message: 'look' } }, { set: { 'pids.max': 9 } }];
  const events: EventView[] = [];
  const stop = new AbortController();
  const following = agent.follow(events, stop.signal);
  const one = await ruled(agent, 'enforced', steps);
  const other = await ruled(agent, 'observed', steps, { policy: { enforce: 'observe' } });
  for (const each of [one, other]) await within(agent, 'two steps', async () => (await each.rows()).length === 2);
  const same = (await one.rows()).map((row) => row.replace(/done$/, 'observed'));
  assert.deepEqual(await other.rows(), same);
  assert.equal(kernelFile(await one.view(), 'pids.max'), '9');
  assert.equal(kernelFile(await other.view(), 'pids.max'), '50');
  const told = (name: string) =>
    events
      .filter(({ type, container }) => type === 'rule' && container?.name === name)
      .map(({ attributes: { policy: _, enforce: __, result: ___, ...rest } }) => rest);
  await within(agent, 'events', async () => told('enforced').length === 2 && told('observed').length === 2);
  assert.deepEqual(told('observed'), told('enforced'));
  stop.abort();
  await following;
  const metrics = await agent.client.metrics();
  assert.match(metrics, /^tsgov_action_total\{policy="observed",rule="r",action="set",result="observed"\} 1$/m);
  assert.match(metrics, /^tsgov_action_total\{policy="enforced",rule="r",action="set",result="done"\} 1$/m);
});

test('one that goes away while it is acted on is no fault', ROOT, async (t) => {
  const agent = await agentFor(t);
  await agent.policy('brief', {
    match: { name: 'brief-*' },
    rules: [rule([{ set: { 'pids.max': 9 } }, { freeze: { for: '1h' } }, { terminate: { grace: '1s' } }], { cooldown: 0 })],
  });
  for (let round = 0; round < 5; round += 1) {
    const names = [0, 1, 2].map((index) => `brief-${round}-${index}`);
    await Promise.all(names.map((name, index) => agent.run(name, ['sleep', String(0.05 * (index + 1))])));
    await Promise.all(names.map((name) => agent.client.remove(name, { force: true })));
  }
  const failed = (await agent.journal()).filter(
    ({ container, result }) => container?.name.startsWith('brief-') && result === 'failed',
  );
  assert.deepEqual(failed, []);
});

test('a signal that nothing has is a condition of the policy', ROOT, async (t) => {
  const agent = await agentFor(t);
  await agent.run('unlimited', SLEEP);
  const when = {
    any: [
      { signal: 'memory.usage', above: 1 },
      { signal: 'pids.current', above: 1e9 },
    ],
  };
  await agent.policy('blind', { match: { name: 'unlimited' }, rules: [rule([{ notify: {} }], { when })] });
  const [condition] = await agent.until('told', async () => {
    const { conditions } = await agent.client.policy('blind');
    return conditions.length > 0 && conditions;
  });
  assert.deepEqual([condition?.type, condition?.field], ['SignalMissing', 'memory.usage']);
  await agent.client.setLimits('unlimited', { memory: { max: '500m' } });
  await agent.until('gone', async () => (await agent.client.policy('blind')).conditions.length === 0);
});

test('what cannot go back now is told once, and stays on record as it is', V1, async (t) => {
  const agent = await agentFor(t);
  // Waits until it has the room, then fills it: what it had before is less than it uses then.
  const fill =
    'import time\nwhile open("/go/go").read() == "": time.sleep(0.1)\nx = bytearray(b"x") * (60 << 20)\ntime.sleep(1000)';
  const dir = tempDir(t);
  writeFileSync(join(dir, 'go'), '');
  const mounts = [{ type: 'bind' as const, source: dir, target: '/go' }];
  await agent.run('full', ['python3', '-c', fill], { mounts, limits: { memory: { max: '40m', swap: 0 } } });
  const put = (when: object) =>
    agent.policy('full', { match: { name: 'full' }, rules: [rule([{ set: { 'memory.max': '100m' } }], { when })] });
  await put(ALWAYS);
  await agent.until('it has room', async () => (await rowsOf(agent, 'full')).length === 1);
  writeFileSync(join(dir, 'go'), 'go');
  await agent.until('it is full', async () => (await agent.client.stats('full')).memory.currentBytes > 60 << 20);
  await put(NEVER);
  await agent.until('refused', async () => (await rowsOf(agent, 'full')).length === 2);
  await sleep(2000);
  assert.deepEqual(await rowsOf(agent, 'full'), [
    `set memory.max ${40 << 20} ${100 << 20} done`,
    'undo memory.max null null refused',
  ]);
  assert.equal((await agent.client.inspect('full')).limitSources['memory.max'], 'rule/full/r', 'on record as it is');
});

test('kill and terminate end all of it; a rule on the node picks one', ROOT, async (t: TestContext) => {
  const agent = await agentFor(t);
  await agent.run('small', SLEEP);
  await agent.run('large', ['sh', '-c', 'x=$(head -c 20000000 /dev/zero | tr "\\0" x); sleep 1000']);
  await agent.until('large is large', async () => ((await agent.client.stats('large')).memory.currentBytes ?? 0) > 20_000_000);
  await agent.policy('node', {
    match: { name: ['small', 'large'] },
    rules: [rule([{ kill: {} }], { when: { signal: 'node.memory.available', above: 0 }, victims: { by: 'size' } })],
  });
  assert.equal((await agent.client.wait('large')).exitCode, 137);
  assert.equal((await agent.client.inspect('small')).state.status, 'running');
  const row = await agent.until('on record', async () =>
    (await agent.journal('large')).find(({ actor }) => actor.startsWith('rule/')),
  );
  assert.match(row.reason, /large is the first of 2 by size/);
});

test('a schedule holds while its window is open: frozen, and thawed when it goes, also by the next agent', ROOT, async (t) => {
  const agent = await AgentHere.start(t);
  await agent.run('night', SLEEP, { limits: { pids: { max: 50 } } });
  const status = async () => (await agent.client.inspect('night')).state.status;
  const schedule = [{ cron: '* * * * *', for: '2m', limits: { state: 'frozen', pids: { max: 12 } } }];
  await agent.policy('night', { match: { name: 'night' }, limits: { pids: { max: 30 } }, schedule });
  const view = await agent.client.inspect('night');
  assert.equal(view.state.status, 'frozen');
  assert.equal(view.limitSources['pids.max'], 'schedule/night');
  assert.equal(kernelFile(view, 'pids.max'), '12');
  await agent.policy('night', { match: { name: 'night' }, schedule: [{ ...schedule[0], cron: '0 0 29 2 *' }] });
  assert.equal(await status(), 'running');
  assert.equal(kernelFile(await agent.client.inspect('night'), 'pids.max'), '50');
  await agent.policy('night', { match: { name: 'night' }, schedule });
  assert.equal(await status(), 'frozen');
  await agent.close();
  const file = join(agent.root, 'policies', 'night.yaml');
  writeFileSync(file, policyText('night', { match: { name: 'night' }, schedule: [{ ...schedule[0], cron: '0 0 29 2 *' }] }));
  await agent.open();
  await agent.until('the next agent thaws it', async () => (await status()) === 'running');
});
