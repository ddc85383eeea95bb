import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { BLOCK_IO_BYTES, BLOCK_IO_SIZES } from '#agent/bpf/block-io.js';
import type { ContainerFigures } from '#agent/bpf/bpf-figures.js';
import { countOf } from '#agent/bpf/histogram.js';
import type { Bpf } from '#agent/bpf/open-bpf.js';
import { LATENCY_SLOTS } from '#agent/bpf/sum-source.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import { AgentBackend } from '#test/support/agent-backend.js';
import { openEyesOf, requiresBpf, watch } from '#test/support/bpf-eyes.js';
import { eventually } from '#test/support/eventually.js';

test(
  'two hogs on one CPU wait for it: the run-queue histogram has it, and its 99th percentile is a slice long',
  requiresBpf(),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const bpf = await openEyesOf(t, agent);
    const hog = 'while :; do :; done';
    const limits = { cpuset: { cpus: '0' } };
    const [one, idle] = [await agent.run(hog, { limits }), await agent.run('sleep 1000')];
    await agent.run(hog, { limits });
    await agent.run(hog, { limits });
    const waits = ({ runQueue }: ContainerFigures) => (runQueue === undefined ? 0 : countOf(runQueue, 0, LATENCY_SLOTS));
    await eventually(() => waits(bpf.figures.container(one)) > 100);
    const p99Usec = bpf.signals(one)['cpu.latency.p99'] ?? 0;
    // Three hogs: each waits for two slices, of about 3 ms and at most some tens of ms.
    assert.ok(p99Usec > 1000 && p99Usec < 1_000_000, `p99 of ${p99Usec} µs`);
    assert.ok(waits(bpf.figures.container(idle)) < 100, 'a sleeper waits for nothing');
  },
);

test(
  'an OOM victim is named with the cgroup whose limit was reached',
  requiresBpf({ binary: 'python3', controller: 'memory' }),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const bpf = await openEyesOf(t, agent);
    const { id, name } = await agent.create('python3 -c "bytearray(300 << 20)"; exit 0', {
      limits: { memory: { max: '48MiB', swap: 0 } },
    });
    const [event] = await watch(
      bpf,
      'oom',
      id,
      async () => {
        await agent.backend.start(id);
        await agent.exit(id);
      },
      (seen) => seen.length > 0,
    );
    assert.equal(event?.container?.name, name);
    assert.equal(event?.attributes.comm, 'python3');
    assert.equal(event?.attributes.level, `${agent.cgroupParent}/${id}`);
    const [victim, ...more] = bpf.oomVictims(id);
    assert.deepEqual(more, []);
    assert.equal(victim?.pid, event?.attributes.pid);
    assert.equal(victim?.comm, 'python3');
    assert.equal(victim?.level, `${agent.cgroupParent}/${id}`);
  },
);

test(
  'block I/O of a direct writer is told by device: how many requests, how large, how long',
  requiresBpf({ binary: 'losetup' }),
  async (t) => {
    const agent = await AgentBackend.start(t);
    const bpf = await openEyesOf(t, agent);
    const image = join(agent.dir, 'disk.img');
    writeFileSync(image, '');
    truncateSync(image, 16 << 20);
    const disk = execFileSync('losetup', ['-f', '--show', image], { encoding: 'utf8' }).trim();
    t.after(() => execFileSync('losetup', ['-d', disk]));
    const device = readFileSync(`/sys/block/${disk.replace('/dev/', '')}/dev`, 'utf8').trim();
    const write = `dd if=/dev/zero of=${disk} oflag=direct bs=64k count=64 && sleep 1000`;
    const { id } = await agent.create(write, { devices: [disk] });
    const done = (events: readonly TraceEvent[]) => events.filter((event) => event.attributes.device === device).length >= 64;
    const events = await watch(bpf, 'io', id, () => agent.backend.start(id), done);
    const requests = events.filter((event) => event.attributes.device === device);
    assert.ok(requests.every(({ event, attributes }) => event === 'write' && attributes.bytes === 65536));
    assert.ok(requests.every(({ attributes }) => Number(attributes.latencyUsec) > 0));

    const words = () => bpf.figures.container(id).blockIo?.get(`${device} write`) ?? new Float64Array();
    await eventually(() => countOf(words(), 0, LATENCY_SLOTS) >= 64);
    assert.equal(words()[BLOCK_IO_BYTES], 4 << 20);
    // 64 KiB are 128 sectors.
    assert.equal(words()[BLOCK_IO_SIZES + 7], 64);
    assert.ok((bpf.signals(id)['io.latency.p99'] ?? 0) > 0);
  },
);

test('processes that come and go are counted, those too short to be found in /proc', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const id = await agent.run('i=0; while [ $i -lt 50 ]; do /bin/true; i=$((i+1)); done; sleep 1000');
  const counts = () => bpf.figures.container(id).processes ?? new Float64Array(3);
  await eventually(() => (counts()[0] ?? 0) >= 52 && (counts()[2] ?? 0) >= 50);
  const [execs, forks, exits] = counts();
  // The shell itself, fifty, and the sleeper.
  assert.equal(execs, 52);
  // The shell's own process was made before it was in the cgroup, or in it: both are right.
  assert.ok(forks === 51 || forks === 52, `${forks} forks`);
  assert.equal(exits, 50);
});

test('what programs cost is counted, and nothing was lost', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf: Bpf = await openEyesOf(t, agent);
  await agent.run('/bin/true; sleep 1000');
  await eventually(() => {
    const cost = bpf.figures.own().costs.find(({ program }) => program === 'runqueue_latency');
    return cost !== undefined && cost.runs > 0 && cost.runTimeNs > 0;
  });
  const { collectors, drops } = bpf.figures.own();
  assert.deepEqual(
    collectors.map(({ state, reason }) => ({ state, reason })),
    collectors.map(() => ({ state: 'on', reason: undefined })),
  );
  assert.ok(drops.every(({ ringFull, mapFull }) => ringFull === 0 && mapFull === 0));
});
