import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { openBpf } from '#agent/bpf/open-bpf.js';
import { loadBpfObject } from '#native/bpf-object.js';
import { loadLibbpf } from '#native/libbpf.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { AgentBackend, REAL_CLOCK } from '#test/support/agent-backend.js';
import { BPF_DIR, openEyesOf, requiresBpf, watch } from '#test/support/bpf-eyes.js';
import { BPF_KINDS, bpfIds, ownBpfIds } from '#test/support/bpf-ids.js';
import { eventually } from '#test/support/eventually.js';
import { requires } from '#test/support/requires.js';

test('when the eyes close, no program, map, type information or link of theirs is left', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent);
  const id = await agent.run('sleep 1000');
  let ours = ownBpfIds();
  const seen = () => {
    ours = ownBpfIds();
    return true;
  };
  await watch(bpf, 'exec', id, () => agent.backend.kill(id, 'SIGKILL'), seen);
  for (const kind of ['program', 'map', 'link'] as const) assert.ok(ours[kind].size > 5, `${ours[kind].size} of ${kind}`);
  await bpf.close();
  assert.deepEqual(ownBpfIds(), { program: new Set(), map: new Set(), btf: new Set(), link: new Set() });
  // The kernel frees them once no CPU may still be in one.
  await eventually(async () => {
    const now = await bpfIds();
    return BPF_KINDS.every((kind) => [...ours[kind]].every((each) => !now[kind].has(each)));
  });
});

test(
  'two agents look at once: each counts its own containers, and one that closes leaves the other its eyes',
  requiresBpf(),
  async (t) => {
    const [one, two] = [await AgentBackend.start(t), await AgentBackend.start(t)];
    const [eyesOfOne, eyesOfTwo] = [await openEyesOf(t, one), await openEyesOf(t, two)];
    const id = await two.run('sleep 1000');
    await eyesOfOne.close();
    const again = await two.create('exit 7');
    const events = await watch(
      eyesOfTwo,
      'exec',
      again.id,
      () => two.backend.start(again.id),
      (seen) => seen.some(({ attributes }) => attributes.exitCode === 7),
    );
    assert.ok(events.some(({ attributes }) => attributes.exitCode === 7));
    assert.equal(eyesOfTwo.figures.container(id).processes?.[0], 2, 'the player and the sleeper were started');
    assert.deepEqual(eyesOfOne.figures.container(id), {});
  },
);

test('what does not fit into a ring is counted and told', requiresBpf(), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = await openEyesOf(t, agent, { ringBytes: 4096 });
  const burst = () => Promise.resolve(execFileSync('sh', ['-c', 'i=0; while [ $i -lt 40 ]; do /bin/true; i=$((i+1)); done']));
  const events = await watch(bpf, 'exec', undefined, burst, (seen) => seen.some(({ event }) => event === 'lost'));
  const lost = events.find(({ event }) => event === 'lost');
  assert.ok(Number(lost?.attributes.events) > 0, JSON.stringify(events.slice(-3)));
});

test('a full map is counted', requiresBpf(), async () => {
  const lib = await loadLibbpf();
  const object = await loadBpfObject(lib, `${BPF_DIR}/syscall.bpf.o`, { hierarchy: 'v2', events: false }, { calls: 1 });
  try {
    execFileSync('true');
    const calls = object.map('calls', { key: 16, value: 8 }).entries();
    assert.equal(calls.count, 1);
    assert.ok(object.drops().mapFull > 0);
  } finally {
    object.close();
  }
});

test('without libbpf everything else works, and a trace says what is missing', requires({ root: true }), async (t) => {
  const agent = await AgentBackend.start(t);
  const bpf = openBpf({
    dir: BPF_DIR,
    cgroups: detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }),
    containers: () => agent.containers.all(),
    procRoot: '/proc',
    clock: REAL_CLOCK,
    onFault: assert.ifError,
    enabled: true,
    library: 'libbpf-that-is-not-there.so.1',
  });
  t.after(() => bpf.close());
  agent.witness = bpf;
  await bpf.ready;
  const id = await agent.run('exit 0');
  assert.equal(await agent.exit(id), 0);
  assert.deepEqual(bpf.signals(id), {});
  assert.deepEqual(bpf.oomVictims(id), []);
  assert.deepEqual(bpf.figures.container(id), {});
  assert.ok(
    bpf.figures.own().collectors.every(({ state, reason }) => state === 'off' && reason?.includes('install the package libbpf1')),
  );
  await assert.rejects(bpf.trace('exec', undefined, new AbortController().signal), {
    code: 'UNSUPPORTED',
    message: /trace exec: BPF programs need libbpf-that-is-not-there\.so\.1: install the package libbpf1/,
  });
});
