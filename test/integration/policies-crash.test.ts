import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PolicyList } from '#agent/contract/policy.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true, controller: 'pids' });
const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 6);
const NAMES = ['a', 'b', 'c'] as const;
// The agent inherits it.
process.env.TSGOV_REASSERT = '200ms';
let agent: LiveAgent;
before(async () => {
  if (ROOT.skip === undefined) agent = await LiveAgent.start();
});
after(() => agent?.stop());

test('kill -9 while policies come and go: what was acknowledged holds, in the store and in the kernel', ROOT, async (t) => {
  agent.ok('run', '-d', '--name', 'w', '--pids-limit', '90', 'host:', 'sleep', '1000');
  const view = agent.inspect('w');
  for (let round = 0; round < ROUNDS; round += 1) {
    const delayMs = Math.random() * 300;
    t.diagnostic(`round ${round}: killed after ${delayMs.toFixed(1)} ms`);
    const told = new Map<string, Set<number | undefined>>(NAMES.map((name) => [name, new Set()]));
    const { policies: known } = (await agent.api('GET', '/v1/policies')).body as PolicyList;
    for (const name of NAMES)
      told.get(name)?.add(known.find((policy) => policy.name === name)?.spec.limits?.pids?.max as number | undefined);
    const churn = Promise.all(NAMES.map((name, index) => change(name, index, told.get(name)!)));
    await sleep(delayMs);
    await agent.killAgent('SIGKILL');
    await churn;
    await agent.startAgent();
    const { policies, refused } = (await agent.api('GET', '/v1/policies')).body as PolicyList;
    assert.deepEqual(refused, []);
    for (const name of NAMES) {
      const now = policies.find((policy) => policy.name === name)?.spec.limits?.pids?.max as number | undefined;
      assert.ok(told.get(name)?.has(now), `${name} is ${now}, not one of ${[...told.get(name)!].join(', ')}`);
    }
    // The strongest that is there, or what was given at run.
    const strongest = policies.toSorted((one, other) => other.priority - one.priority)[0];
    const wanted = String(strongest?.spec.limits?.pids?.max ?? 90);
    await agent.until(`pids.max ${wanted}`, () => kernelFile(view, 'pids.max') === wanted);
  }
  for (const { name } of ((await agent.api('GET', '/v1/policies')).body as PolicyList).policies) agent.ok('policy', 'rm', name);
  assert.equal(kernelFile(view, 'pids.max'), '90');
});

/**
 * Puts and removes a policy until the agent is gone. `may` is what it may be then: what was acknowledged last, and what was asked since.
 */
async function change(name: string, priority: number, may: Set<number | undefined>): Promise<void> {
  for (let step = 0; ; step += 1) {
    const max = step % 4 === 3 ? undefined : 10 + priority * 20 + (step % 17);
    may.add(max);
    try {
      const answer =
        max === undefined
          ? await agent.api('DELETE', `/v1/policies/${name}`)
          : await agent.api(
              'PUT',
              `/v1/policies/${name}`,
              JSON.parse(policyText(name, { priority, match: { name: 'w' }, limits: { pids: { max } } })),
            );
      assert.ok(answer.status < 300, `${answer.status} ${JSON.stringify(answer.body)}`);
      may.clear();
      may.add(max);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return;
    }
  }
}
