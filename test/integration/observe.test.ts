import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '#agent/contract/container.js';
import { AgentHere } from '#test/support/agent-here.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['memory', 'cpu', 'pids', 'freezer'] });
const MODES = ['enforce', 'observe'] as const;
const ALWAYS = { signal: 'pids.current', above: 0 };
const NEVER = { signal: 'pids.current', above: 1e9 };

/** Every kind of act that leaves the container as it is; each a rule of its own, so that none waits for the one before to work. */
const rules = (when: object) =>
  [
    [{ notify: { message: 'look' } }],
    [{ set: { 'pids.max': '-50%', 'memory.low': '1m' } }],
    [{ set: { 'cpu.weight': 70 } }],
    [{ set: { 'memory.high': '200m' } }],
    [{ throttle: { cpu: 0.5, for: '1h' } }],
    [{ freeze: { for: '1h' } }],
  ].map((steps, index) => ({ name: `r${index}`, when, do: steps, cooldown: '1h' }));

const limits = { memory: { max: '300m' }, io: { weight: 300 }, cpu: { max: 1 } };

/** What is told of one container, with what differs by intention taken out: whose it is, whether it was done, and when. */
function told(mode: string, rows: readonly object[]): unknown[] {
  return rows.map((row) => {
    const text = JSON.stringify(row).replaceAll(`c-${mode}`, 'MODE');
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const { id: _id, seq: _seq, time: _time, container: _container, result, enforce: _enforce, ...rest } = parsed;
    return { ...rest, result: result === 'done' ? 'observed' : result };
  });
}

test('observe says all that enforce says, of limits, rules and their undoing, and writes nothing', ROOT, async (t) => {
  const agent = await AgentHere.start(t, { tickMs: 100, reassertMs: 500 });
  const events: EventView[] = [];
  const stop = new AbortController();
  const following = agent.follow(events, stop.signal);
  const put = (spec: object) =>
    Promise.all(MODES.map((mode) => agent.policy(`c-${mode}`, { match: { name: `c-${mode}` }, enforce: mode, ...spec })));
  const rowsOf = async (mode: string) => (await agent.journal(`c-${mode}`)).filter(({ actor }) => actor.includes(`/c-${mode}`));
  /** So many rows at least, and then no more for some ticks. */
  const both = async (what: string, least: number) => {
    const counts = async () => (await Promise.all(MODES.map(rowsOf))).map(({ length }) => length);
    await agent.until(`${what}: ${least} rows each`, async () => {
      const before = await counts();
      await sleep(700);
      return before.every((count) => count >= least) && String(before) === String(await counts());
    });
    const [enforced = [], observed = []] = await Promise.all(MODES.map(rowsOf));
    assert.deepEqual(told('observe', observed), told('enforce', enforced), what);
    return observed;
  };
  for (const mode of MODES) await agent.run(`c-${mode}`, ['sleep', '1000'], { limits: { pids: { max: 50 } } });
  // What a person set, no rule overrules.
  for (const mode of MODES) await agent.client.setLimits(`c-${mode}`, { cpu: { weight: 60 } });
  await put({ limits });
  await both('limits', 3);
  await put({ limits: { ...limits, memory: { max: '280m' } } });
  await both('a limit that changes', 4);
  await put({ limits, rules: rules(ALWAYS) });
  const acted = await both('rules', 12);
  assert.ok(acted.some(({ result, error }) => result === 'refused' && error?.includes('a person set cpu.weight')));
  const view = await agent.client.inspect('c-observe');
  assert.equal(view.state.status, 'running');
  assert.equal((await agent.client.inspect('c-enforce')).state.status, 'frozen');
  await put({ limits, rules: rules(NEVER) });
  await both('undo', 15);
  await agent.until('thawed', async () => (await agent.client.inspect('c-enforce')).state.status === 'running');
  const short = { name: 'short', when: ALWAYS, do: [{ freeze: { for: '1s' } }], cooldown: '1h' };
  await put({ limits, rules: [...rules(NEVER), short] });
  const over = await both('a freeze whose time is over', 17);
  assert.deepEqual(
    over.slice(-2).map(({ actor, action, after, reason }) => [actor, action, after, reason.slice(0, 16)]),
    [
      ['rule/c-observe/short', 'freeze', 'frozen', 'pids.current is '],
      ['rule/c-observe/short', 'undo', 'thawed', 'its time is over'],
    ],
  );
  for (const mode of MODES) await agent.client.removePolicy(`c-${mode}`);
  const all = await both('the policy goes', 20);
  t.diagnostic(
    all.map(({ action, field, before, after, result }) => `${action} ${field} ${before} ${after} ${result}`).join('\n'),
  );
  assert.equal(kernelFile(view, 'pids.max'), '50');
  const eventsOf = (mode: string) =>
    events.filter(({ type, container }) => ['rule', 'policy'].includes(type) && container?.name === `c-${mode}`);
  await agent.until('all events', async () => MODES.every((mode) => eventsOf(mode).length >= 16));
  const attributes = (mode: string) =>
    told(
      mode,
      eventsOf(mode).map((event) => ({ type: event.type, ...event.attributes })),
    );
  assert.deepEqual(attributes('observe'), attributes('enforce'));
  stop.abort();
  await following;
});
