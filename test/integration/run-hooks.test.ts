import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { validateConfig } from '#runtime/spec/validate.js';
import { busyboxRootfs } from '#test/support/rootfs.js';
import { runHost, startSpec } from '#test/support/run-config.js';
import { sh } from '#test/support/run-in-busybox.js';
import { buildShim } from '#test/support/shim-host.js';
import { startable } from '#test/support/startable-config.js';
import { tempDir } from '#test/support/temp.js';

before(() => buildShim());

test('hooks run in their order and places, with the state on stdin', async (t) => {
  const dir = tempDir(t);
  const config = startable(busyboxRootfs(t));
  const hook = (name: string, where = dir) => ({
    path: '/bin/sh',
    args: [
      'sh',
      '-c',
      `cat > ${where}/${name}; echo ${name} >> ${where}/order; readlink /proc/self/ns/net >> ${where}/order; test -d ${config.root.path}/proc/1 && echo mounted >> ${where}/order; true`,
    ],
    timeout: 10,
  });
  config.hooks = {
    prestart: [hook('prestart')],
    createRuntime: [hook('createRuntime')],
    createContainer: [hook('createContainer')],
    startContainer: [{ path: '/bin/sh', args: ['sh', '-c', '/bin/cat > /started'] }],
  };
  config.annotations = { 'a.b': 'c' };
  config.process.args = sh('cat /started');
  const { stdout, stderr, refused } = await startSpec(await runHost(t), validateConfig(config), dir).result();
  assert.equal(refused, undefined, stderr);
  const order = readFileSync(join(dir, 'order'), 'utf8').split('\n');
  assert.deepEqual(
    order.filter((line) => /^\w+$/.test(line) && line !== 'mounted'),
    ['prestart', 'createRuntime', 'createContainer'],
  );
  const nets = order.filter((line) => line.startsWith('net:'));
  assert.equal(nets[0], nets[1]);
  assert.notEqual(nets[1], nets[2], "createContainer runs in the container's namespaces");
  assert.deepEqual(
    order.filter((line) => line === 'mounted'),
    ['mounted'],
    'createContainer sees the root put together, at its place on the node',
  );
  const state = JSON.parse(readFileSync(join(dir, 'createRuntime'), 'utf8'));
  assert.equal(state.status, 'creating');
  assert.equal(state.bundle, dir);
  assert.deepEqual(state.annotations, { 'a.b': 'c' });
  assert.ok(state.pid > 1);
  assert.equal(JSON.parse(stdout).pid, state.pid, "the node's pid, inside too");
  assert.equal(JSON.parse(stdout).status, 'created');
});

test("a startContainer hook, whose program is the image's, has no more rights than the container", async (t) => {
  const config = startable(busyboxRootfs(t));
  const rights = (file: string) => `/bin/busybox grep -E '^(Uid|CapPrm|CapEff|CapBnd)' /proc/self/status > ${file}`;
  config.hooks = { startContainer: [{ path: '/bin/sh', args: ['sh', '-c', rights('/hook')] }] };
  const names = ['CAP_CHOWN', 'CAP_KILL'];
  config.process.capabilities = { bounding: names, permitted: names, effective: names };
  config.process.args = sh(`${rights('/own')}; cat /hook; echo; cat /own`);
  const root = await startSpec(await runHost(t), validateConfig(config), tempDir(t)).result();
  const [hook, own] = root.stdout.trim().split('\n\n');
  assert.equal(hook, own, root.stderr + root.refused);
  assert.match(hook ?? '', /^CapEff:\t0000000000000021$/m);
});

test('a hook that fails stops the container, with its own words', async (t) => {
  const config = startable(busyboxRootfs(t));
  config.hooks = { createRuntime: [{ path: '/bin/sh', args: ['sh', '-c', 'echo no luck >&2; exit 3'] }] };
  const { refused } = await startSpec(await runHost(t), validateConfig(config), tempDir(t)).result();
  assert.match(refused ?? '', /^hooks.createRuntime\[0\]: hook .*exit status 3 .*no luck/s);
});
