import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import type { JournalPage } from '#agent/contract/journal.js';
import { kernelCpuMax, kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: ['pids', 'cpu'] });
const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 5);
const FROZEN_MS = 2000;
/** A machine that is busy starting an agent. */
const SLACK_MS = 20_000;
const ALWAYS = { signal: 'pids.current', above: 0 };

let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

const view = async (name: string) => (await agent.api('GET', `/v1/containers/${name}`)).body as ContainerView;

async function put(name: string, steps: object[]): Promise<void> {
  const rules = [{ name: 'r', when: ALWAYS, do: steps, cooldown: '1h' }];
  const answer = await agent.api('PUT', `/v1/policies/${name}`, JSON.parse(policyText(name, { match: { name }, rules })));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/** As a person would whose agent is down. */
function dropPolicy(name: string): void {
  rmSync(join(agent.root, 'policies', `${name}.yaml`));
}

/** The freezer's own word; the agent may be gone. */
function frozen({ cgroups }: ContainerView): boolean {
  const v1 = cgroups.freezer === undefined ? undefined : join(cgroups.freezer, 'freezer.state');
  try {
    if (v1 !== undefined) return readFileSync(v1, 'utf8').trim() !== 'THAWED';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return readFileSync(join(cgroups.unified ?? '', 'cgroup.freeze'), 'utf8').trim() === '1';
}

test(
  'kill -9 before, in and after a freeze by a rule: it is thawed when that was to end, or as soon as an agent is there',
  ROOT,
  async (t) => {
    const script = 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done; wait';
    agent.ok('run', '-d', '--name', 'ice', 'host:', 'sh', '-c', script);
    const container = await view('ice');
    let met = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      await put('ice', [{ freeze: { for: `${FROZEN_MS}ms` } }]);
      // The last one surely in it.
      if (round === ROUNDS - 1) await agent.until('frozen', () => frozen(container));
      else await sleep(Math.random() * 1500);
      await agent.killAgent('SIGKILL');
      const was = frozen(container);
      const endMs = Date.now() + FROZEN_MS;
      if (was) met += 1;
      dropPolicy('ice');
      await agent.startAgent();
      await agent.until('thawed', () => !frozen(container), FROZEN_MS + SLACK_MS);
      t.diagnostic(
        `round ${round}: killed ${was ? 'while frozen' : 'while not frozen'}, running ${Date.now() - endMs} ms after its end`,
      );
      await sleep(300);
      assert.equal((await view('ice')).state.status, 'running', 'and it stays so');
    }
    assert.ok(met > 0);
    agent.ok('rm', '-f', 'ice');
  },
);

test(
  'what a rule had set when the agent was killed goes back when its rule is gone, and stays while it holds',
  ROOT,
  async () => {
    agent.ok('run', '-d', '--name', 'set', '--pids-limit', '60', 'host:', 'sleep', '1000');
    const container = await view('set');
    await put('set', [{ set: { 'pids.max': 9 } }]);
    await agent.until('set', () => kernelFile(container, 'pids.max') === '9');
    await agent.killAgent('SIGKILL');
    await agent.startAgent();
    await sleep(3000);
    assert.equal(kernelFile(container, 'pids.max'), '9', 'the rule holds');
    assert.equal((await view('set')).limitSources['pids.max'], 'rule/set/r');
    await agent.killAgent('SIGKILL');
    dropPolicy('set');
    await agent.startAgent();
    await agent.until('undone', () => kernelFile(container, 'pids.max') === '60');
    await agent.until('and on record', async () => (await view('set')).limitSources['pids.max'] === 'run');
    const undo = await agent.until('its row', async () => {
      const { entries } = (await agent.api('GET', '/v1/journal?container=set')).body as JournalPage;
      return entries.find(({ action }) => action === 'undo');
    });
    assert.deepEqual([undo.actor, undo.reason, undo.result], ['rule/set/r', 'the rule is gone', 'done']);
    agent.ok('rm', '-f', 'set');
  },
);

test("a throttle's time goes on while no agent runs", ROOT, async () => {
  agent.ok('run', '-d', '--name', 'slow', 'host:', 'sleep', '1000');
  const container = await view('slow');
  await put('slow', [{ throttle: { cpu: 0.5, for: '4s' } }]);
  await agent.until('throttled', () => kernelCpuMax(container) === 0.5);
  await agent.killAgent('SIGKILL');
  await sleep(4000);
  assert.equal(kernelCpuMax(container), 0.5);
  await agent.startAgent();
  await agent.until('let go though the rule holds', () => kernelCpuMax(container) === 'max');
  await sleep(1500);
  assert.equal(kernelCpuMax(container), 'max', 'and not begun anew');
  agent.ok('policy', 'rm', 'slow');
  agent.ok('rm', '-f', 'slow');
});

test('kill -9 after a step: its cooldown goes on, and what was done is not done again', ROOT, async () => {
  agent.ok('run', '-d', '--name', 'told', 'host:', 'sleep', '1000');
  await put('told', [{ notify: { message: 'once' } }]);
  const rows = async () => {
    const { entries } = (await agent.api('GET', '/v1/journal?container=told')).body as JournalPage;
    return entries.filter(({ actor, action }) => actor === 'rule/told/r' && action === 'notify').length;
  };
  await agent.until('told', async () => (await rows()) === 1);
  for (let round = 0; round < 2; round += 1) {
    await agent.killAgent('SIGKILL');
    await agent.startAgent();
    // Ticks of which each would tell again.
    await sleep(2500);
    assert.equal(await rows(), 1);
  }
  agent.ok('policy', 'rm', 'told');
  agent.ok('rm', '-f', 'told');
});
