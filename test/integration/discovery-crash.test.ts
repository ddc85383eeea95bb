import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { directories } from '#runtime/cgroup/cgroup-set.js';
import { guestIn, kernelText } from '#test/support/cgroup-guest.js';
import { handMade, records, settings } from '#test/support/hand-made.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { policyText } from '#test/support/policy-text.js';
import { requires } from '#test/support/requires.js';
import { tempCgroupParent } from '#test/support/temp.js';

const NEEDS = requires({ root: true, controller: ['pids', 'freezer'] });
const PIDS_MAX = { v1: 'pids.max', v2: 'pids.max' };
const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 10);

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

test(
  'kill -9 with limits in force on somebody else’s cgroup: the next agent keeps them, and --clear restores',
  NEEDS,
  async (t) => {
    const path = `${tempCgroupParent(t)}/plain`;
    const set = handMade(path, { pids: { max: 77 } });
    guestIn(t, set, ['sleep', '1000']);
    const found = settings(set);
    await agent.until('it is listed', () => agent.ok('ps', '--runtime', 'other', '--format', 'names').includes(path));
    agent.ok('limit', '--pids-limit', '50', path);
    const body = policyText('crash', { match: { cgroup: path }, limits: { cpu: { weight: 50 } } });
    const put = await agent.api('PUT', '/v1/policies/crash', JSON.parse(body));
    assert.equal(put.status, 200, JSON.stringify(put.body));
    const governed = settings(set);
    assert.notDeepEqual(governed, found);
    await agent.killAgent();
    assert.deepEqual(settings(set), governed, 'what is in force does not need the agent');
    await agent.startAgent();
    assert.equal(kernelText(set, 'pids', PIDS_MAX), '50');
    assert.equal(agent.inspect(path).limitSources['pids.max'], 'override');
    agent.ok('limit', '--clear', path);
    assert.equal(kernelText(set, 'pids', PIDS_MAX), '77');
    await agent.api('DELETE', '/v1/policies/crash');
    assert.deepEqual(settings(set), found);
    assert.deepEqual(records(agent.root), []);
  },
);

test('kill -9 at any moment of changes: nothing is half applied, and everything goes back', NEEDS, async (t) => {
  const path = `${tempCgroupParent(t)}/churn`;
  const set = handMade(path, { pids: { max: 77 } });
  guestIn(t, set, ['sleep', '1000']);
  const found = settings(set);
  const url = `/v1/containers/${encodeURIComponent(path)}/limits`;
  for (let round = 0; round < ROUNDS; round++) {
    await agent.until('it is known', async () => (await agent.api('GET', url)).status === 200);
    let going = true;
    const churn = (async () => {
      for (let at = 0; going; at++) {
        const body = { pids: { max: 30 + (at % 7) }, cpu: { weight: 20 + (at % 5) } };
        await agent.api('PATCH', `${url}?clear=${at % 3 === 0}`, body).catch(() => undefined);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 37 * round));
    await agent.killAgent();
    going = false;
    await churn;
    await agent.startAgent();
  }
  agent.ok('limit', '--clear', path);
  assert.deepEqual(settings(set), found);
  assert.deepEqual(records(agent.root), []);
});

test('a cgroup that went while no agent was there takes its record with it', NEEDS, async (t) => {
  const path = `${tempCgroupParent(t)}/gone`;
  const set = handMade(path);
  agent.ok('limit', '--pids-limit', '50', path);
  assert.equal(records(agent.root).length, 1);
  await agent.killAgent();
  for (const { dir } of directories(set)) rmdirSync(dir);
  await agent.startAgent();
  assert.deepEqual(records(agent.root), []);
  assert.equal(agent.tsgov('inspect', path).code, 1);
  const listed = (await agent.api('GET', '/v1/containers?runtime=all')).body as ContainerView[];
  assert.ok(!listed.some(({ name }) => name === path));
  assert.equal((await agent.api('GET', '/v1/containers?runtime=nobody')).status, 400);
});
