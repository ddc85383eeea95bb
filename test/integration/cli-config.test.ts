import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { NodeView } from '#agent/contract/node.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';

const needs = requires({ root: true });
let agent: LiveAgent;
let config = '';
/** The agent a command started. */
let started: number | undefined;

before(async () => {
  if (needs.skip !== undefined) return;
  agent = new LiveAgent();
  config = join(agent.dir, 'config.yaml');
  mkdirSync(join(agent.dir, 'policies'));
  writeFileSync(join(agent.dir, 'policies/one.yaml'), policy('one'));
  writeFileSync(
    config,
    JSON.stringify({
      root: agent.root,
      state: agent.state,
      'cgroup-parent': agent.cgroupParent,
      'policies-dir': join(agent.dir, 'policies'),
      listen: '127.0.0.1:1',
      bpf: 'off',
    }),
  );
});

after(async () => {
  if (needs.skip !== undefined) return;
  if (started !== undefined) {
    process.kill(started, 'SIGTERM');
    await agent.until('it ended', () => !existsSync(`/proc/${started}`));
  }
  await agent.startAgent();
  await agent.stop();
});

test('a command finds, and starts, the agent of the settings file; variables and flags win over it', needs, async () => {
  // Of what the file says only `listen` is said otherwise too: by a variable.
  const env = {
    TSGOV_ROOT: '',
    TSGOV_STATE: '',
    TSGOV_CGROUP_PARENT: '',
    TSGOV_POLICIES_DIR: '',
    TSGOV_CONFIG: '',
    TSGOV_LISTEN: 'off',
  };
  const tsgov = (...args: string[]) => agent.tsgovWith({ env }, '--config', config, ...args);
  const run = tsgov('run', '-d', '--name', 'one', 'host:', 'sleep', '1000');
  assert.equal(run.code, 0, run.stderr);
  const { pid, root, cgroup } = JSON.parse(tsgov('info', '--format', 'json').stdout) as NodeView;
  started = pid;
  assert.deepEqual([root, cgroup.parent], [agent.root, agent.cgroupParent]);
  assert.equal(tsgov('policy', 'ls', '-q').stdout, 'one\n');
  const elsewhere = tsgov('--state', join(agent.dir, 'nobody'), 'ps');
  assert.match(elsewhere.stderr, /nobody\/tsgov\.sock/);
  assert.equal(elsewhere.code, 1);
});

test('a file with a fault starts nothing, and says what is wrong where', needs, () => {
  const broken = join(agent.dir, 'broken.yaml');
  writeFileSync(broken, 'state: /run/x\nreassert: soon\n');
  const { code, stdout, stderr } = agent.tsgovWith({ env: { TSGOV_CONFIG: broken } }, 'agent');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^tsgov: \/.*broken\.yaml:2:11: reassert: "soon"; want seconds as a number/);
});

function policy(name: string): string {
  return `apiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: ${name}}\nspec: {match: {name: [nobody]}, limits: {pids: {max: 10}}}\n`;
}
