import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findShims } from '#agent/containers/shims.js';
import { AgentBackend, readAll } from '#test/support/agent-backend.js';
import { becomes } from '#test/support/eventually.js';
import { openFds, traces } from '#test/support/leaks.js';
import { requires } from '#test/support/requires.js';

const ROOT = requires({ root: true });
const ROUNDS = Number(process.env.TSGOV_TEST_LEAK_ROUNDS ?? 200);
const AT_ONCE = Number(process.env.TSGOV_TEST_AT_ONCE ?? 50);

test('many × run, exit, remove, with attach, exec, log and failure: nothing is left', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const cycle = async (i: number): Promise<void> => {
    const { id } = await agent.create(`echo ${i}; exit ${i % 100}`);
    const session = i % 4 === 0 ? await agent.backend.attach(id, { stdin: false, stdout: true, stderr: true }) : undefined;
    const output = session && readAll(session.stdout);
    await agent.backend.start(id);
    assert.equal(await agent.exit(id), i % 100);
    if (output !== undefined) assert.equal(await output, `${i}\n`);
    if (i % 5 === 0) assert.equal(await agent.output(id), `${i}\n`);
    await agent.backend.remove(id, { force: false });
    if (i % 10 === 0) await assert.rejects(agent.run(['/no/such'], { autoRemove: true }), { code: 'COMMAND_NOT_FOUND' });
    if (i % 20 === 0) {
      const running = await agent.run('exec sleep 1000');
      const exec = await agent.backend.exec(running, { command: ['echo', 'x'] });
      assert.equal(await readAll(exec.stdout), 'x\n');
      await exec.exit;
      agent.backend.stats(running);
      await agent.backend.freeze(running, { forMs: 60_000 });
      await agent.backend.remove(running, { force: true });
    }
  };
  for (let i = 0; i < Math.min(20, ROUNDS); i += 1) await cycle(i);
  const before = await atRest();
  for (let i = 0; i < ROUNDS; i += 1) await cycle(i);
  const shims = () => [...findShims('/proc').keys()].filter((dir) => dir.startsWith(agent.dir));
  // Monitors may be on their way out, timers about to pass.
  await becomes('all is at rest', async () => {
    const now = await atRest();
    return shims().length === 0 && now.fds <= before.fds && isDeepStrictEqual(now.handles, before.handles);
  }).catch(() => undefined);
  const { cgroups, mounts } = traces();
  assert.deepEqual(
    cgroups.filter((dir) => dir.includes(`${agent.cgroupParent}/`)),
    [],
  );
  assert.deepEqual(
    mounts.filter((mount) => mount.startsWith(agent.dir)),
    [],
  );
  assert.deepEqual(shims(), []);
  assert.ok(openFds().length <= before.fds, `${before.fds} → ${openFds().join('\n')}`);
  assert.deepEqual(process.getActiveResourcesInfo().sort(), before.handles);
  assert.equal(process.listenerCount('SIGCHLD'), 0);
  assert.deepEqual(readdirSync(join(agent.root, 'containers')), []);
  assert.deepEqual(readdirSync(join(agent.state, 'containers')), []);
  assert.deepEqual(agent.backend.list(), []);
});

/** What this process has open once two looks, 200 ms apart, say the same. */
async function atRest(): Promise<{ fds: number; handles: string[] }> {
  const look = () => ({ fds: openFds().length, handles: process.getActiveResourcesInfo().sort() });
  let last = look();
  await becomes('it is at rest', async () => {
    await sleep(200);
    const now = look();
    const same = isDeepStrictEqual(now, last);
    last = now;
    return same;
  });
  return last;
}

test('many at once start, run and go', ROOT, async (t) => {
  const agent = await AgentBackend.start(t);
  const ids = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => agent.run(`exec sleep 1000`, { name: `c${i}` })));
  assert.equal(agent.backend.list().filter((view) => view.state.status === 'running').length, AT_ONCE);
  await Promise.all(ids.map((id) => agent.backend.stop(id, { timeoutMs: 0 })));
  await Promise.all(ids.map((id) => agent.backend.remove(id, { force: false })));
  assert.deepEqual(agent.backend.list(), []);
});
