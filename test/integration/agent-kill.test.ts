import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { findShims } from '#agent/containers/shims.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { cgroupMounts } from '#test/support/cgroup-trees.js';
import { requires } from '#test/support/requires.js';

const ROUNDS = Number(process.env.TSGOV_TEST_KILL_ROUNDS ?? 12);
const BUSY_AGENT = resolve(import.meta.dirname, '../support/busy-agent.js');

/** Names below the agent's cgroup parent, in any hierarchy. */
function cgroups(agent: AgentBackend): string[] {
  const names = cgroupMounts().flatMap(({ dir }) => {
    const parent = join(dir, agent.cgroupParent);
    return existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
      : [];
  });
  return [...new Set(names)].sort();
}

/** One that runs (some end by themselves meanwhile) has its process in its cgroup, its limit and its time. */
function checkLive(agent: AgentBackend, id: string): void {
  const { state, limits, cgroups: dirs } = agent.backend.inspect(id);
  if (state.pid === null) return;
  const procs = procsIn(dirs.memory ?? '');
  if (!procs.includes(String(state.pid)))
    assert.ok(!existsSync(`/proc/${state.pid}/cwd/.`), `${id}: pid ${state.pid} is not in its cgroup`);
  assert.equal(typeof limits.memory?.max, 'number');
  assert.ok(state.startedAt !== null);
}

/** Empty for a cgroup that has gone. */
function procsIn(dir: string): string[] {
  try {
    return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n');
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

const shims = (agent: AgentBackend): string[] =>
  [...findShims('/proc').keys()]
    .filter((dir) => dir.startsWith(agent.dir))
    .map((dir) => dir.split('/containers/')[1] ?? dir)
    .sort();

interface Look {
  live: readonly string[];
  seen: Record<string, readonly string[]>;
  wanted: Record<string, readonly string[]>;
}

/** Everything of containers that is there, and what should be by what the agent lists: all of one moment. */
function look(agent: AgentBackend): Look {
  const views = agent.backend.list();
  const ids = views.map(({ id }) => id).sort();
  const live = views
    .filter(({ state }) => ['running', 'frozen'].includes(state.status))
    .map(({ id }) => id)
    .sort();
  const seen = {
    cgroups: cgroups(agent),
    shims: shims(agent),
    states: readdirSync(join(agent.state, 'containers')).sort(),
    data: readdirSync(join(agent.root, 'containers')).sort(),
  };
  return { live, seen, wanted: { cgroups: live, shims: live, states: live, data: ids } };
}

test(
  'kill -9 of a busy agent at any moment: the next one knows all there is, and nothing else is there',
  requires({ root: true }),
  async (t) => {
    const agent = await AgentBackend.start(t);
    await agent.close();
    for (let round = 0; round < ROUNDS; round += 1) {
      const seed = (process.pid * 31 + round * 7919) % 2147483648;
      const child = spawn(process.execPath, [BUSY_AGENT, agent.dir, agent.cgroupParent, String(seed)], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', (chunk) => (said += String(chunk)));
      const ended = once(child, 'exit');
      await Promise.race([once(child.stdout, 'data'), ended]);
      await sleep(20 + (seed % 700));
      assert.equal(child.exitCode, null, `round ${round}, seed ${seed}: it ended by itself:\n${said}`);
      child.kill('SIGKILL');
      await ended;

      await agent.open();
      // What ended, or is removed, is cleaned up beside us, and some end by themselves meanwhile.
      let now = look(agent);
      for (const end = performance.now() + 30_000; !isDeepStrictEqual(now.seen, now.wanted) && performance.now() < end; ) {
        await sleep(20);
        now = look(agent);
      }
      assert.deepEqual(now.seen, now.wanted, `round ${round}, seed ${seed}`);
      for (const id of now.live) checkLive(agent, id);
      // What was adopted obeys.
      if (round % 3 === 2) await agent.removeAll();
      await agent.close();
    }
  },
);
