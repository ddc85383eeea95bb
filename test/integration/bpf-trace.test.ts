import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceEvent } from '#agent/contract/trace.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { openEyesOf, requiresBpf, watch } from '#test/support/bpf-eyes.js';
import { eventually } from '#test/support/eventually.js';

test('every exec of a burst of short processes is told with its container, and how each ended', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const { id, name } = await agent.create('i=0; while [ $i -lt 100 ]; do /bin/true "arg $i"; i=$((i+1)); done; exit 3');
  const ended = (event: { event: string; attributes: Record<string, unknown> }) =>
    event.event === 'exit' && event.attributes.exitCode === 3;
  const events = await watch(
    bpf,
    'exec',
    id,
    async () => {
      await agent.backend.start(id);
      await agent.exit(id);
    },
    (seen) => seen.some(ended),
  );
  const bursts = events.filter(({ event, attributes }) => event === 'exec' && attributes.file === '/bin/true');
  assert.equal(bursts.length, 100);
  assert.ok(bursts.every(({ container }) => container?.id === id && container.name === name));
  assert.deepEqual(
    bursts.map(({ attributes }) => attributes.args),
    Array.from({ length: 100 }, (_, index) => `/bin/true 'arg ${index}'`),
  );
  assert.equal(events.filter(({ event, attributes }) => event === 'exit' && attributes.exitCode === 0).length, 100);
  assert.equal(events.filter(ended).length, 1);
  assert.ok(events.every(({ event }) => event !== 'lost'));
});

test('who sent which signal to whom is told with both containers', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const { id, name } = await agent.create('sleep 1000 & child=$!; kill -USR1 $child; wait $child; exit 0');
  const events = await watch(
    bpf,
    'signal',
    id,
    async () => {
      await agent.backend.start(id);
      await agent.exit(id);
    },
    (seen) => seen.some(({ attributes }) => attributes.signal === 'SIGUSR1'),
  );
  const sent = events.find(({ attributes }) => attributes.signal === 'SIGUSR1');
  assert.equal(sent?.container?.id, id);
  assert.equal(sent?.attributes.senderContainer, name);
  assert.equal(sent?.attributes.from, 'process');
  assert.equal(sent?.attributes.result, 'delivered');
  assert.match(String(sent?.attributes.senderComm), /sh/);
});

test(
  'a connection inside a container is told with its name: connect, accept and the bytes of both ends',
  requiresBpf({ binary: 'python3' }),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const bpf = await openEyesOf(t, agent);
    const { id, name } = await agent.create(['python3', '-c', TALK], { network: 'none' });
    const events = await watch(
      bpf,
      'tcp',
      id,
      async () => {
        await agent.backend.start(id);
        assert.equal(await agent.exit(id), 0);
      },
      (seen) => seen.filter(({ event }) => event === 'close').length >= 2,
    );
    const connect = events.find(({ event }) => event === 'connect');
    assert.equal(connect?.container?.name, name);
    assert.match(String(connect?.attributes.comm), /python3/);
    assert.ok(events.some(({ event }) => event === 'accept'));
    const bytes = events.filter(({ event }) => event === 'close').map(({ attributes }) => attributes.sentBytes);
    assert.ok(bytes.includes(100_000), `sent bytes at close: ${bytes}`);
    const figures = await agentFigures(bpf, id);
    assert.equal(figures?.[0], 1, 'connects');
    assert.equal(figures?.[1], 1, 'accepts');
    assert.ok((figures?.[4] ?? 0) >= 100_000 && (figures?.[5] ?? 0) >= 100_000, `bytes: ${figures}`);
  },
);

/** Sends 100,000 bytes to itself. */
const TALK = `
import socket, threading
server = socket.create_server(("127.0.0.1", 0))
def serve():
    peer, _ = server.accept()
    while peer.recv(65536): pass
    peer.close()
worker = threading.Thread(target=serve); worker.start()
client = socket.create_connection(server.getsockname())
client.sendall(b"x" * 100000); client.close(); worker.join(); server.close()
`;

async function agentFigures(bpf: Awaited<ReturnType<typeof openEyesOf>>, id: string): Promise<Float64Array | undefined> {
  for (let tries = 0; tries < 30; tries += 1) {
    const { tcp } = bpf.figures.container(id);
    if (tcp !== undefined && (tcp[4] ?? 0) >= 100_000 && (tcp[5] ?? 0) >= 100_000) return tcp;
    await new Promise((done) => setTimeout(done, 500));
  }
  return bpf.figures.container(id).tcp;
}

test('system calls of a container are counted by name', requiresBpf({ binary: 'dd' }), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const { id } = await agent.create('dd if=/dev/zero of=/dev/null bs=1 count=5000; sleep 1000');
  const writes = (seen: readonly TraceEvent[]) =>
    seen
      .filter(({ attributes }) => attributes.syscall === 'write')
      .reduce((sum, { attributes }) => sum + Number(attributes.count), 0);
  const events = await watch(
    bpf,
    'syscall',
    id,
    () => agent.backend.start(id),
    (seen) => writes(seen) >= 5000,
  );
  assert.ok(writes(events) >= 5000 && writes(events) < 6000, `${writes(events)} writes`);
});

test('a segment that is sent again is told with its container and counted', requiresBpf({ binary: 'python3' }), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const { id } = await agent.create(['python3', '-c', UNHEARD], { network: 'none' });
  const events = await watch(
    bpf,
    'tcp',
    id,
    () => agent.backend.start(id),
    (seen) => seen.some(({ event }) => event === 'retransmit'),
  );
  assert.ok(events.some(({ event, container }) => event === 'retransmit' && container?.id === id));
  await eventually(() => (bpf.figures.container(id).tcp?.[3] ?? 0) > 0);
});

/** A queue of one, which nobody empties: the kernel drops what comes after, whose SYN is sent again after a second. */
const UNHEARD = `
import socket, time
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen(0)
clients = []
for _ in range(4):
    client = socket.socket(); client.setblocking(False); client.connect_ex(server.getsockname()); clients.append(client)
time.sleep(1000)
`;

test('a cgroup that is made is told with who made it', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const { id } = await agent.create('sleep 1000');
  const made = (seen: readonly TraceEvent[]) =>
    seen.find(({ event, attributes }) => event === 'mkdir' && attributes.path === `${agent.cgroupParent}/${id}`);
  const events = await watch(
    bpf,
    'cgroup',
    undefined,
    () => agent.backend.start(id),
    (seen) => made(seen) !== undefined,
  );
  assert.equal(made(events)?.attributes.byPid, process.pid);
});
