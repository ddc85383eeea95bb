import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { AgentBackend } from '#test/support/agent-backend.js';
import { requires } from '#test/support/requires.js';

const NEEDS = requires({ root: true, binary: 'unshare' });
const LOOKS = 15;
const openFds = () => readdirSync('/proc/self/fd').length;

test('processes and namespaces that come and go while we look: no look fails, none leaves a file open', NEEDS, async (t) => {
  const agent = await AgentBackend.start(t);
  const storm = 'while :; do unshare -n -m -i -u true; unshare -U -r -p -f true; done';
  const outside = spawn('sh', ['-c', storm], { stdio: 'ignore' });
  const gone = new Promise((resolve) => outside.once('exit', resolve));
  t.after(async () => {
    outside.kill('SIGKILL');
    await gone;
  });
  const inside = 'while :; do sh -c "true & true"; sleep 0.01 & true; done';
  const id = await agent.run(inside, { limits: { cpu: { max: 0.3 }, pids: { max: 60 } } });
  const first = await agent.eyes.namespaces({ types: [], tree: false });
  const fds = openFds();
  for (let look = 0; look < LOOKS; look += 1) {
    const views = await agent.eyes.namespaces({ types: [], tree: false });
    for (const { inode } of first.filter(({ host }) => host)) assert.ok(views.some((view) => view.inode === inode));
    assert.ok(views.some(({ container }) => container?.id === id));
    const processes = await agent.eyes.processes(id, { tree: true, pss: true, files: true, intervalMs: undefined });
    assert.ok(processes.some(({ containerPid }) => containerPid === 1));
    await agent.eyes.sockets(id);
    assert.ok((await agent.eyes.mounts(id)).length > 0);
  }
  assert.ok(openFds() <= fds, `${openFds()} files are open, ${fds} were`);
});
