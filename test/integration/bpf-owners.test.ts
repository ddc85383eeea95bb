import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { idHierarchies } from '#agent/bpf/id-space.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import { directoryIn } from '#runtime/cgroup/cgroup-set.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { openEyesOf, requiresBpf, watch } from '#test/support/bpf-eyes.js';
import { eventually } from '#test/support/eventually.js';

const HOST = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });

test('what runs in a cgroup inside a container’s cgroup is the container’s', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const id = await agent.run('while :; do /bin/true; sleep 0.05; done');
  const governed = agent.containers.all().find((each) => each.id === id);
  const hierarchy = idHierarchies(HOST).tasks?.hierarchy;
  assert.ok(governed?.cgroup !== undefined && hierarchy !== undefined && governed.pid !== undefined);
  const inner = `${directoryIn(governed.cgroup, hierarchy)}/inner`;
  mkdirSync(inner);
  writeFileSync(`${inner}/cgroup.procs`, String(governed.pid));
  const events = await watch(
    bpf,
    'exec',
    id,
    () => Promise.resolve(),
    (seen) => seen.filter(({ event }) => event === 'exec').length >= 3,
  );
  assert.ok(events.every(({ container }) => container?.id === id));
});

test(
  'a container that is started again keeps what it counted, and what it counts then is its own too',
  requiresBpf(),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const bpf = await openEyesOf(t, agent);
    const { id } = await agent.create('exit 0');
    const execs = () => bpf.figures.container(id).processes?.[0] ?? 0;
    for (const round of [1, 2, 3]) {
      await agent.backend.start(id);
      await agent.exit(id);
      // The shell is started each time.
      await eventually(() => execs() >= round);
      assert.equal(execs(), round);
    }
  },
);

test('where only the v2 tree tells, processes go by it', requiresBpf({ cgroup: ['v2', 'hybrid'] }), async (t) => {
  const agent = await AgentBackend.start(t);
  const { unified } = HOST;
  assert.ok(unified !== undefined);
  const bpf = await openEyesOf(t, agent, { cgroups: { ...HOST, carriers: {} } });
  const { id } = await agent.create('exit 4');
  const ended = ({ attributes }: TraceEvent) => attributes.exitCode === 4;
  const events = await watch(
    bpf,
    'exec',
    id,
    () => agent.backend.start(id),
    (seen) => seen.some(ended),
  );
  assert.equal(events.find(ended)?.container?.id, id);
});

test('where there is no v2 tree, a connection goes by its network', requiresBpf({ binary: 'python3' }), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent, { cgroups: { ...HOST, unified: undefined } });
  const { id } = await agent.create(['python3', '-c', CONNECT], { network: 'none' });
  const events = await watch(
    bpf,
    'tcp',
    id,
    () => agent.backend.start(id),
    (seen) => seen.some(({ event }) => event === 'accept'),
  );
  assert.deepEqual([...new Set(events.map(({ container }) => container?.id))], [id]);
  await eventually(() => (bpf.figures.container(id).tcp?.[0] ?? 0) === 1);
});

const CONNECT = `
import socket, time
server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname()); time.sleep(1000)
`;
