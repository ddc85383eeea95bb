import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { Containerd } from '#test/support/containerd.js';
import { becomes } from '#test/support/eventually.js';
import { records } from '#test/support/hand-made.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { Lxc } from '#test/support/lxc.js';
import { BUSYBOX } from '#test/support/podman.js';
import { requires } from '#test/support/requires.js';
import { SetPolicies } from '#test/support/set-policies.js';
import { uniqueName } from '#test/support/temp.js';

const MiB = 1 << 20;
const CONTAINERD = requires({ root: true, controller: ['memory', 'pids'], binary: ['containerd', 'ctr', 'runc'], path: BUSYBOX });
const LXC = requires({ root: true, controller: ['memory', 'pids'], binary: 'lxc-execute', path: BUSYBOX });

async function setUp(t: TestContext) {
  const policies = new SetPolicies();
  const agent = await AgentBackend.start(t, { others: 'events', policies });
  return { policies, agent };
}

async function listed(agent: AgentBackend, runtime: string, name: string): Promise<ContainerView> {
  return becomes(`${name} is listed`, () => agent.backend.list([runtime]).find((view) => view.name === name));
}

/** All that is done alike to everybody's containers; it has a pids.max of `found`. */
async function governedLikeOurs(agent: AgentBackend, policies: SetPolicies, view: ContainerView, found: string): Promise<void> {
  const { backend } = agent;
  const ref = `${view.runtime}:${view.name}`;
  assert.equal(kernelFile(view, 'pids.max'), found);
  await backend.setLimits(ref, { pids: { max: 40 } }, { clear: false });
  assert.equal(kernelFile(view, 'pids.max'), '40');
  policies.set('it', { runtime: view.runtime, name: view.name }, { pids: { max: 50 }, memory: { maxBytes: 48 * MiB } });
  await agent.containers.govern();
  assert.equal(kernelFile(view, 'pids.max'), '40', 'a person outranks policies');
  await backend.setLimits(ref, {}, { clear: true });
  assert.equal(kernelFile(view, 'pids.max'), '50');
  assert.equal(kernelFile(view, 'memory.max'), String(48 * MiB));
  policies.remove('it');
  await agent.containers.govern();
  assert.equal(kernelFile(view, 'pids.max'), found);
  assert.deepEqual(records(agent.root), []);
  await backend.freeze(ref, {});
  assert.equal(backend.inspect(ref).state.status, 'frozen');
  await backend.thaw(ref);
  assert.equal(backend.inspect(ref).state.status, 'running');
  assert.ok((backend.stats(ref).memory.currentBytes ?? 0) > 0);
  const { runtime, name } = view;
  await assert.rejects(backend.stop(ref, {}), { code: 'NOT_OURS', message: new RegExp(`container of ${runtime}.*${name}`) });
}

test('containerd: a container of ctr, by its shim, whatever its cgroup is called', CONTAINERD, async (t) => {
  const { agent, policies } = await setUp(t);
  const containerd = await Containerd.start(t);
  await containerd.run('one');
  const view = await listed(agent, 'containerd', 'one');
  assert.deepEqual([view.id, view.command], ['one', ['/bin/sleep', '1000']]);
  // What its runtime sets while it starts is found, not drift.
  await sleep(1500);
  await governedLikeOurs(agent, policies, view, 'max');
  await containerd.remove('one');
  await becomes('it is gone', () => agent.backend.list(['containerd']).length === 0);
});

test('LXC: a payload, by its name, and its configuration by its monitor', LXC, async (t) => {
  const { agent, policies } = await setUp(t);
  const name = uniqueName();
  const container = Lxc.start(t, name);
  const view = await becomes('it runs', () =>
    agent.backend.list(['lxc']).find((each) => each.name === name && each.state.status === 'running' && each.image !== ''),
  );
  assert.match(view.image, /^dir:/);
  await sleep(1500);
  await governedLikeOurs(agent, policies, view, 'max');
  await container.end();
  await becomes('it is gone', () => !agent.backend.list(['lxc']).some((each) => each.name === name));
});
