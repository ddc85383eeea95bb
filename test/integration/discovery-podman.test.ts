import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { becomes } from '#test/support/eventually.js';
import { records } from '#test/support/hand-made.js';
import { kernelFile } from '#test/support/kernel-files.js';
import { BUSYBOX, PODMAN_COMMAND, Podman } from '#test/support/podman.js';
import { requires } from '#test/support/requires.js';
import { SetPolicies } from '#test/support/set-policies.js';

const NEEDS = requires({
  root: true,
  controller: ['memory', 'pids'],
  binary: ['podman', 'conmon', 'runc'],
  path: BUSYBOX,
});
const MiB = 1 << 20;
/** Nobody else's policy on this machine is to be for it. */
const TIER = `podman-${process.pid}`;

async function setUp(t: TestContext) {
  const policies = new SetPolicies();
  const podman = new Podman(t);
  const agent = await AgentBackend.start(t, { others: 'events', policies });
  return { policies, podman, agent };
}

async function seen(agent: AgentBackend, name: string): Promise<ContainerView> {
  return becomes(`${name} is listed`, () => agent.backend.list(['podman']).find((view) => view.name === name));
}

test('a podman container appears with its name, is limited, frozen, thawed and killed, and vanishes', NEEDS, async (t) => {
  const { agent, podman } = await setUp(t);
  const id = await podman.run('pod-one', '--memory', '64m', '--pids-limit', '99', '--annotation', `tier=${TIER}`);
  const startedMs = performance.now();
  const view = await seen(agent, 'pod-one');
  t.diagnostic(`seen with its name ${Math.round(performance.now() - startedMs)} ms after podman run had returned`);
  assert.deepEqual([view.id, view.runtime, view.state.status, view.labels.tier], [id, 'podman', 'running', TIER]);
  assert.deepEqual(view.command, PODMAN_COMMAND);
  assert.equal(view.limits.memory?.max, 64 * MiB);
  for (const ref of ['pod-one', id, id.slice(0, 12), 'podman:pod-one']) assert.equal(agent.backend.inspect(ref).id, id);

  await agent.backend.setLimits('pod-one', { memory: { max: '32MiB' } }, { clear: false });
  assert.equal(kernelFile(view, 'memory.max'), String(32 * MiB));
  await agent.backend.setLimits('pod-one', {}, { clear: true });
  assert.equal(kernelFile(view, 'memory.max'), String(64 * MiB));
  assert.deepEqual(records(agent.root), []);

  await agent.backend.freeze('pod-one', {});
  assert.equal(agent.backend.inspect('pod-one').state.status, 'frozen');
  await agent.backend.thaw('pod-one');
  assert.equal(agent.backend.inspect('pod-one').state.status, 'running');
  await assert.rejects(agent.backend.stop('pod-one', {}), { code: 'NOT_OURS', message: /podman stop pod-one/ });
  await agent.backend.kill('pod-one', 'SIGKILL');
  await becomes('it is gone', () => !agent.backend.list(['podman']).some(({ name }) => name === 'pod-one'));
  const events = (await agent.events()).filter(({ container }) => container?.id === id).map(({ type }) => type);
  assert.deepEqual([events[0], events.at(-1)], ['appear', 'vanish']);
});

test('its policy holds soon after its start, through podman update, and what was there before comes back', NEEDS, async (t) => {
  const { agent, podman, policies } = await setUp(t);
  agent.guard(t);
  policies.set('pods', { runtime: 'podman', name: 'pod-*' }, { memory: { maxBytes: 48 * MiB }, pids: { max: 50 } });
  const id = await podman.run('pod-two', '--pids-limit', '99', '--memory', '512m');
  const returnedMs = Date.now();
  const view = await becomes('its policy is in force', () => {
    const found = agent.backend.list(['podman']).find((each) => each.id === id);
    return found?.limits.pids?.max === 50 && found.limits.memory?.max === 48 * MiB && found;
  });
  const [event] = (await agent.events()).filter(({ type, container }) => type === 'policy' && container?.id === id);
  const beganMs = await podman.began('pod-two');
  t.diagnostic(
    `policy in force ${Math.round(Date.parse(event!.time) - beganMs)} ms after its first command ran (podman run returned ${Math.round(returnedMs - beganMs)} ms after)`,
  );
  assert.deepEqual(view.policies, ['pods']);
  // Right after the start it would be podman setting it up.
  await sleep(1500);
  await podman.ok('update', '--memory', '256m', '--memory-swap', '512m', 'pod-two');
  await becomes('put back', () => kernelFile(view, 'memory.max') === String(48 * MiB));
  assert.equal(kernelFile(view, 'pids.max'), '50');
  policies.remove('pods');
  await agent.containers.govern();
  assert.equal(kernelFile(view, 'pids.max'), '99');
  assert.equal(agent.backend.inspect(id).limits.memory?.max, 512 * MiB);
  assert.deepEqual(records(agent.root), []);
});
