import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kernelCpuUsec, kernelPids } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

const HOGS = 'while :; do :; done & while :; do :; done & while :; do :; done';

test('frozen processes, children included, use no CPU; thawed they go on', async () => {
  agent.ok('run', '-d', '--name', 'w', '--cpus', '0.5', 'host:', 'sh', '-c', HOGS);
  const view = agent.inspect('w');
  await agent.until('three hogs', () => kernelPids(view).length >= 3);
  agent.ok('freeze', 'w');
  assert.equal(agent.inspect('w').state.status, 'frozen');
  const frozenAt = kernelCpuUsec(view);
  await sleep(2000);
  assert.equal(kernelCpuUsec(view), frozenAt, 'CPU used while frozen');
  agent.ok('thaw', 'w');
  assert.equal(agent.inspect('w').state.status, 'running');
  await agent.until('CPU used again', () => kernelCpuUsec(view) > frozenAt + 50_000);
});

for (const [name, command, ends] of [
  ['stop', ['stop', '-t', '1'], 'exited'],
  ['kill', ['kill'], 'exited'],
  ['rm -f', ['rm', '-f'], undefined],
] as const) {
  test(`${name} of a frozen container works`, async () => {
    agent.ok('run', '-d', '--name', 'f', 'host:', 'sh', '-c', HOGS);
    agent.ok('freeze', 'f');
    agent.ok(...command, 'f');
    if (ends === undefined) {
      assert.notEqual(agent.tsgov('inspect', 'f').code, 0);
      return;
    }
    await agent.until('exited', () => agent.inspect('f').state.status === ends);
    assert.ok([137, 143].includes(agent.inspect('f').state.exitCode as number));
    agent.ok('rm', 'f');
  });
}

test('freeze --for thaws by itself, also across a kill of the agent', async () => {
  agent.ok('run', '-d', '--name', 'timed', 'host:', 'sleep', '1000');
  agent.ok('freeze', '--for', '3s', 'timed');
  await agent.killAgent();
  await agent.startAgent();
  await agent.until('thawed', () => agent.inspect('timed').state.status === 'running', 15_000);
});

test('freezing what is frozen and thawing what is not: said, not done twice', () => {
  agent.ok('run', '-d', '--name', 'twice', 'host:', 'sleep', '1000');
  assert.notEqual(agent.tsgov('thaw', 'twice').code, 0);
  agent.ok('freeze', 'twice');
  assert.match(agent.tsgov('freeze', 'twice').stderr, /frozen/);
});
