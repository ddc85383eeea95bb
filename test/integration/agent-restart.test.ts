import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentBackend } from '#test/support/agent-backend.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });

const deaths = async (agent: AgentBackend): Promise<number> =>
  (await agent.events()).filter((event) => event.type === 'die').length;

test('on-failure:2 runs three times and stays exited with its code', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('echo run; exit 3', { restart: 'on-failure:2' });
  const view = await agent.until(id, ({ restartCount, state }) => restartCount === 2 && state.status === 'exited');
  await sleep(900);
  assert.equal(agent.backend.inspect(id).restartCount, 2);
  assert.equal(view.state.exitCode, 3);
  assert.equal(await agent.output(id), 'run\nrun\nrun\n');
  assert.equal(await deaths(agent), 3);
});

test('on-failure does not restart what succeeds', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exit 0', { restart: 'on-failure' });
  await agent.exit(id);
  await sleep(300);
  assert.equal(agent.backend.inspect(id).restartCount, 0);
});

test('always restarts until it is stopped, also while a restart is due', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exit 0', { restart: 'always' });
  await agent.until(id, ({ restartCount }) => restartCount >= 2);
  await agent.backend.stop(id, {});
  const { restartCount } = agent.backend.inspect(id);
  await sleep(1200);
  assert.equal(agent.backend.inspect(id).restartCount, restartCount);
  assert.equal(agent.backend.inspect(id).state.status, 'exited');
});

test('a container killed by a person is not restarted; one whose process is killed is', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const byPerson = await agent.run('exec sleep 1000', { restart: 'always' });
  const byOther = await agent.run('exec sleep 1000', { restart: 'always' });
  await agent.backend.kill(byPerson, 'KILL');
  const { pid } = agent.backend.inspect(byOther).state;
  process.kill(pid as number, 'SIGKILL');
  const again = await agent.until(byOther, ({ state }) => state.status === 'running' && state.pid !== pid);
  assert.equal(again.restartCount, 1);
  await agent.until(byPerson, ({ state }) => state.status === 'exited');
  assert.equal(agent.backend.inspect(byPerson).restartCount, 0);
});

test('logs are followed across restarts and end when no more is due', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const { id } = await agent.create('echo one more; exit 1', { restart: 'on-failure:2' });
  await agent.backend.start(id);
  const lines: string[] = [];
  const options = { follow: true, tail: undefined, since: undefined, until: undefined };
  for await (const line of agent.backend.logs(id, options, new AbortController().signal)) lines.push(String(line.data));
  assert.deepEqual(lines, ['one more\n', 'one more\n', 'one more\n']);
});

test('a failed start by policy is tried again', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('rm /gone; exit 1', { restart: 'on-failure:3', mounts: [{ source: agent.dir, target: '/data' }] });
  await agent.until(id, ({ restartCount }) => restartCount === 3);
  assert.equal((await agent.until(id, ({ state }) => state.status === 'exited')).state.exitCode, 1);
});

test(
  'after a restart of the agent: always runs again, unless-stopped only if nobody stopped it, no not at all',
  ROOT,
  async (t) => {
    const agent = await AgentBackend.start(t);
    const ids = Object.fromEntries(
      await Promise.all(
        ['no', 'always', 'unless-stopped'].map(
          async (restart) => [restart, await agent.run('exec sleep 1000', { restart })] as const,
        ),
      ),
    );
    const unstopped = await agent.run('exec sleep 1000', { restart: 'unless-stopped' });
    for (const id of Object.values(ids)) await agent.backend.stop(id as string, { timeoutMs: 0 });
    const { pid } = agent.backend.inspect(unstopped).state;
    await agent.close();
    process.kill(pid as number, 'SIGKILL');
    await sleep(200);
    await agent.open();
    await agent.until(ids.always as string, ({ state }) => state.status === 'running');
    await agent.until(unstopped, ({ state }) => state.status === 'running' && state.pid !== pid);
    assert.equal(agent.backend.inspect(ids['unless-stopped'] as string).state.status, 'exited');
    assert.equal(agent.backend.inspect(ids.no as string).state.status, 'exited');
  },
);

test('a restart that was due when the agent ended comes when the next one starts', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const id = await agent.run('exit 1', { restart: 'on-failure:50' });
  await agent.until(id, ({ restartCount }) => restartCount >= 3);
  await agent.close();
  await agent.open();
  const { restartCount } = agent.backend.inspect(id);
  assert.ok(restartCount >= 3, 'the count is kept');
  await agent.until(id, (view) => view.restartCount > restartCount);
});
