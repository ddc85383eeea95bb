import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCgroup } from '#runtime/cgroup/cgroup-set.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { procs } from '#runtime/cgroup/procs.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { requires } from '#test/support/requires.js';

const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });

test(
  'a container that made a threaded subtree is counted, limited, frozen, killed and removed like any other',
  requires({ root: true, cgroup: ['v2', 'hybrid'] }),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const id = await agent.run('exec sleep 1000');
    const { state, cgroups } = agent.backend.inspect(id);
    const pid = state.pid ?? 0;
    const dir = cgroups.unified ?? '';
    const threads = join(dir, 'threads');
    mkdirSync(threads);
    writeFileSync(join(threads, 'cgroup.type'), 'threaded');
    writeFileSync(join(threads, 'cgroup.threads'), String(pid));
    assert.equal(readFileSync(join(dir, 'cgroup.type'), 'utf8'), 'domain threaded\n');
    assert.throws(() => readFileSync(join(threads, 'cgroup.procs')), { code: 'ENOTSUP' });
    await agent.reassert();
    const told = (await agent.events()).filter(({ type }) => type === 'stray' || type === 'warning');
    assert.deepEqual(told, []);
    const set = openCgroup(HOST, `${agent.cgroupParent}/${id}`);
    assert.deepEqual(set && procs(set), [pid]);
    assert.ok(agent.backend.stats(id).memory.currentBytes >= 0);
    await agent.backend.setLimits(id, { pids: { max: 17 } }, { clear: false });
    assert.equal(agent.backend.limits(id).pids?.max, 17);
    await agent.backend.freeze(id, {});
    assert.equal(agent.backend.inspect(id).state.status, 'frozen');
    await agent.backend.thaw(id);
    await agent.backend.stop(id, { timeoutMs: 0 });
    assert.equal(agent.backend.inspect(id).state.exitCode, 137);
    await agent.backend.remove(id, { force: false });
    assert.equal(existsSync(dir), false);
  },
);
