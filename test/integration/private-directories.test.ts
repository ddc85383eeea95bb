import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { LiveAgent } from '#test/support/live-agent.js';

const NOBODY = 65534;
let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
  // As /var/lib and /run are: the rest is tsgov's own doing.
  chmodSync(agent.dir, 0o755);
});
after(() => agent.stop());

/** What a user of the node without any rights gets of a path. */
function asNobody(...command: string[]): string {
  const { stdout, stderr } = spawnSync(command[0] as string, command.slice(1), { uid: NOBODY, gid: NOBODY, encoding: 'utf8' });
  return stdout + stderr;
}

test("a user of the node reaches nothing of a container's files, whose setuid programs would be root's on the node (CVE-2021-41091)", () => {
  const id = agent.ok(
    'run',
    '-d',
    '--name',
    'private',
    '-e',
    'SECRET=1',
    'host:',
    '--',
    'sh',
    '-c',
    'echo said; exec sleep 1000',
  );
  const data = join(agent.root, 'containers', id);
  for (const name of ['upper', 'work', 'rootfs', 'config.json', 'container.json', 'log']) {
    const path = join(data, name);
    assert.ok(existsSync(path), path);
    assert.match(asNobody('/bin/ls', '-d', path), /Permission denied/, `nobody sees ${path}`);
  }
  const state = join(agent.state, 'containers', id);
  for (const name of ['pid', 'shim.sock']) {
    assert.ok(existsSync(join(state, name)));
    assert.match(asNobody('/bin/ls', '-d', join(state, name)), /Permission denied/);
  }
  assert.match(asNobody('/usr/bin/env', 'sh', '-c', `echo x >${agent.socket}`), /Permission denied|No such device/);
  assert.equal(statSync(agent.socket).mode & 0o777, 0o660);
  agent.ok('rm', '-f', 'private');
});

test('directories an earlier tsgov left open to others are closed', async () => {
  const containers = join(agent.root, 'containers');
  chmodSync(containers, 0o711);
  await agent.killAgent('SIGTERM');
  await agent.startAgent();
  assert.equal(statSync(containers).mode & 0o777, 0o700);
});
