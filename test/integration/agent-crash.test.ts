import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { eventually } from '#test/support/eventually.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';

const CONTAINERS = Number(process.env.TSGOV_TEST_CRASH_CONTAINERS ?? 50);
const KILLS = Number(process.env.TSGOV_TEST_CRASH_KILLS ?? 20);

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

async function list(): Promise<ContainerView[]> {
  return (await agent.api('GET', '/v1/containers')).body as ContainerView[];
}

test(`kill -9 of the agent ${KILLS} times with ${CONTAINERS} containers: none dies, each is re-adopted whole`, async () => {
  for (let i = 0; i < CONTAINERS; i++) {
    const answer = await agent.api('POST', '/v1/containers?start=true', {
      name: `c${i}`,
      image: 'host:',
      command: ['sh', '-c', `echo hello from c${i}; exec sleep 1000`],
      limits: { memory: { max: `${16 + i}MiB` }, pids: { max: 20 + i } },
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  }
  const pids = new Map((await list()).map((view) => [view.name, view.state.pid]));
  for (let round = 0; round < KILLS; round++) {
    // One that ends while no agent is there, with a code of its own.
    const name = `ends${round}`;
    await agent.api('POST', '/v1/containers?start=true', {
      name,
      image: 'host:',
      command: ['sh', '-c', `sleep 0.3; exit ${round + 1}`],
    });
    const { id } = (await agent.api('GET', `/v1/containers/${name}`)).body as ContainerView;
    await agent.killAgent();
    // Its shim, which reaped it, writes down when; on a slow machine an agent may have seen to that before it was killed.
    const stateDir = join(agent.state, 'containers', id);
    await eventually(() => existsSync(join(stateDir, 'exit')) || !existsSync(stateDir));
    const diedBefore = Date.now();
    await agent.startAgent();
    const views = new Map((await list()).map((view) => [view.name, view]));
    for (const [name, pid] of pids) {
      const view = views.get(name);
      assert.equal(view?.state.status, 'running', `${name} after kill ${round}`);
      assert.equal(view?.state.pid, pid, `${name} is another process`);
    }
    const ended = views.get(name);
    assert.equal(ended?.state.status, 'exited');
    assert.equal(ended?.state.exitCode, round + 1);
    assert.ok(Date.parse(ended?.state.finishedAt ?? '') <= diedBefore, 'finishedAt is the true time, not that of re-adoption');
  }
  for (const i of [0, Math.floor(CONTAINERS / 2), CONTAINERS - 1]) {
    const view = agent.inspect(`c${i}`);
    assert.equal(Number(kernelFile(view, 'memory.max')), (16 + i) << 20);
    assert.equal(view.limits.pids?.max, 20 + i);
    assert.equal(agent.ok('logs', `c${i}`), `hello from c${i}`);
    agent.ok('kill', `c${i}`);
    assert.equal(agent.ok('wait', `c${i}`), '137');
  }
});

test('kill -9 of a shim: the container is reported dead, nothing of it goes on, it can be removed', async () => {
  agent.ok('run', '-d', '--name', 'orphan', 'host:', 'sleep', '1000');
  const view = agent.inspect('orphan');
  const shim = Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${view.state.pid}/status`, 'utf8'))?.[1]);
  assert.match(readFileSync(`/proc/${shim}/cmdline`, 'utf8'), /tsgov-shim/);
  process.kill(shim, 'SIGKILL');
  await agent.until('dead', () => agent.inspect('orphan').state.status === 'dead');
  await agent.until('its process gone', () => {
    try {
      process.kill(view.state.pid as number, 0);
      return /^State:\tZ/m.test(readFileSync(`/proc/${view.state.pid}/status`, 'utf8'));
    } catch {
      return true;
    }
  });
  agent.ok('rm', 'orphan');
});

test('a second agent on the same root refuses', () => {
  const second = agent.tsgovWith({ timeoutMs: 20_000 }, 'agent');
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, new RegExp(`\\b${agent.agentPid}\\b`));
});
