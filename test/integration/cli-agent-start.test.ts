import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { NodeView } from '#agent/contract/node.js';
import { removeCgroupTrees } from '#test/support/cgroup-trees.js';
import { TSGOV } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { uniqueName } from '#test/support/temp.js';

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A place where no agent runs yet; whichever one is started there is stopped when the test ends. */
function place(t: TestContext): {
  dir: string;
  state: string;
  run(...args: string[]): Promise<Result>;
  /** In that directory, with names that are relative to it. */
  runRelative(...args: string[]): Promise<Result>;
  agentPid(): Promise<number>;
} {
  const dir = mkdtempSync(join(tmpdir(), 'tsgov-test-'));
  const parent = `/${uniqueName()}`;
  const state = join(dir, 'state');
  const env = {
    ...process.env,
    TSGOV_ROOT: join(dir, 'root'),
    TSGOV_STATE: state,
    TSGOV_CGROUP_PARENT: parent,
    TSGOV_LISTEN: 'off',
    TSGOV_CONFIG: '/dev/null',
  };
  const run = (...args: string[]) =>
    finish(spawn(process.execPath, [TSGOV, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }));
  const relative = { ...env, TSGOV_ROOT: 'root', TSGOV_STATE: 'state', TSGOV_POLICIES_DIR: 'policies.d' };
  const runRelative = (...args: string[]) =>
    finish(spawn(process.execPath, [TSGOV, ...args], { cwd: dir, env: relative, stdio: ['ignore', 'pipe', 'pipe'] }));
  const agentPid = async () => (JSON.parse((await run('info', '--format', 'json')).stdout) as NodeView).pid;
  // One hook, because hooks run in the order they were registered: the agent has to go before its directories.
  t.after(async () => {
    if (existsSync(join(state, 'tsgov.sock'))) {
      const ids = (await run('ps', '-aq')).stdout.split('\n').filter(Boolean);
      if (ids.length > 0) await run('rm', '-f', ...ids);
      const pid = await agentPid();
      process.kill(pid, 'SIGTERM');
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const left = removeCgroupTrees(parent);
    rmSync(dir, { recursive: true });
    assert.deepEqual(left, []);
  });
  return { dir, state, run, runRelative, agentPid };
}

function finish(child: ChildProcess): Promise<Result> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A zombie of somebody else's is gone too. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

test(
  'the first command of all works: run starts the agent it needs, and the next ones find it',
  requires({ root: true }),
  async (t) => {
    const { run, state, agentPid } = place(t);
    const first = await run('run', '--rm', 'host:', 'echo', 'hi');
    assert.deepEqual([first.code, first.stdout], [0, 'hi\n'], first.stderr);
    assert.match(first.stderr, /^tsgov: started an agent \(pid \d+, log .*agent\.log\)\n$/);
    const pid = await agentPid();
    assert.match(readFileSync(join(state, 'agent.log'), 'utf8'), /listens on unix:/);
    const second = await run('run', '--rm', 'host:', 'echo', 'again');
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, 'again\n', '']);
    assert.equal(await agentPid(), pid);
  },
);

test(
  'an agent started on the way has the directories that its starter names, also relative ones',
  requires({ root: true }),
  async (t) => {
    const { dir, run, runRelative } = place(t);
    mkdirSync(join(dir, 'policies.d'));
    writeFileSync(join(dir, 'policies.d/small.yaml'), POLICY);
    const first = await runRelative('run', '--rm', 'host:', 'echo', 'hi');
    assert.deepEqual([first.code, first.stdout], [0, 'hi\n'], first.stderr);
    const node = JSON.parse((await run('info', '--format', 'json')).stdout) as NodeView;
    assert.equal(node.root, join(dir, 'root'));
    assert.match((await run('policy', 'ls', '--format', 'json')).stdout, /"name": "small"/);
  },
);

const POLICY = `apiVersion: tsgov/v1
kind: Policy
metadata: {name: small}
spec:
  match: {name: [nobody]}
  limits: {pids: {max: 64}}
`;

test('commands that start at once where no agent runs end up with one agent', requires({ root: true }), async (t) => {
  const { run, state } = place(t);
  const results = await Promise.all(Array.from({ length: 6 }, (_, n) => run('run', '--rm', 'host:', 'echo', String(n))));
  for (const [n, result] of results.entries()) assert.deepEqual([result.code, result.stdout], [0, `${n}\n`], result.stderr);
  const log = readFileSync(join(state, 'agent.log'), 'utf8');
  assert.equal(log.match(/listens on unix:/g)?.length, 1, log);
});

test('--no-agent-start, a host that was named, and every other command only say that no agent runs', async (t) => {
  const { run, state } = place(t);
  for (const args of [
    ['run', '--no-agent-start', 'host:', 'true'],
    ['run', '--host', join(state, 'other.sock'), 'host:', 'true'],
    ['create', '--no-agent-start', 'host:', 'true'],
  ]) {
    const result = await run(...args);
    assert.equal(result.code, 125, args.join(' '));
    assert.match(result.stderr, /no agent answers at/);
  }
  for (const args of [
    ['ps'],
    ['logs', 'x'],
    ['stats', '--no-stream'],
    ['inspect', 'x'],
    ['info'],
    ['limit', 'x', '--cpus', '1'],
  ]) {
    const result = await run(...args);
    assert.equal(result.code, 1, args.join(' '));
    assert.equal(result.stdout, args[0] === 'inspect' ? '[]\n' : '');
    assert.match(result.stderr, /no agent answers at unix:.*start one with: tsgov agent/s);
    assert.doesNotMatch(result.stderr, /\n\s+at /, 'no stack trace');
  }
  assert.equal(existsSync(join(state, 'tsgov.sock')), false);
});

test('an agent that cannot start is reported with the end of its log', requires({ root: true }), async (t) => {
  const { run } = place(t);
  const result = await run('run', '--cgroup-parent', 'not/absolute/../..', 'host:', 'true');
  assert.equal(result.code, 125);
  assert.match(result.stderr, /the agent did not start; the end of .*agent\.log/);
  assert.match(result.stderr, /cgroup/i);
});

test('a second agent on the same directories gives way, naming the first', requires({ root: true }), async (t) => {
  const { run, agentPid } = place(t);
  await run('run', '--rm', 'host:', 'true');
  const second = await run('agent');
  assert.equal(second.code, 125);
  assert.match(second.stderr, new RegExp(`\\b${await agentPid()}\\b`));
});
