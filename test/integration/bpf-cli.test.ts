import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import type { DeathPage } from '#agent/contract/journal.js';
import type { TraceEvent } from '#agent/contract/trace.js';
import { requiresBpf } from '#test/support/bpf-eyes.js';
import { BPF_KINDS, bpfIds, ownBpfIds } from '#test/support/bpf-ids.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { MemoryTrace } from '#test/support/memory-trace.js';
import { requires } from '#test/support/requires.js';
import { call, startTestApi } from '#test/support/test-api.js';

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

test('tsgov trace exec shows a container by name, ends by Ctrl-C, and the program is unloaded', requiresBpf(), async () => {
  const child = agent.spawn(['trace', 'exec']);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  await agent.until('the header', () => output.includes('CONTAINER'));
  assert.equal(agent.tsgov('run', '--rm', '--name', 'traced', 'host:', 'sh', '-c', 'exit 5').code, 5);
  await agent.until('its end', () => /traced .*exit 5 after/.test(output));
  child.kill('SIGINT');
  const [code, signal] = await once(child, 'exit');
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});

test('tsgov trace ends after --duration; json is an event a line', requiresBpf(), async () => {
  agent.ok('run', '-d', '--name', 'busy', 'host:', 'sh', '-c', 'while :; do /bin/true; sleep 0.05; done');
  const lines = agent.ok('trace', 'exec', '--duration', '1s', '--format', 'json', 'busy').split('\n');
  const events = lines.map((line) => JSON.parse(line) as TraceEvent);
  assert.ok(events.length > 3);
  assert.ok(events.every(({ kind, container }) => kind === 'exec' && container?.name === 'busy'));
  agent.ok('rm', '-f', 'busy');
});

test('what cannot be traced is said: an unknown kind, container or duration', () => {
  const failed = (...args: string[]) => agent.tsgov('trace', ...args);
  assert.equal(failed('nonsense').code, 2);
  assert.match(failed('nonsense').stderr, /cannot be traced: want exec, oom, tcp, signal, io, cgroup, syscall/);
  assert.match(failed('exec', 'nobody').stderr, /no container "nobody"/);
  assert.equal(failed('exec', '--duration', 'soon').code, 2);
});

test(
  'an OOM kill names its victim in the event and in the death record',
  requiresBpf({ binary: 'python3', controller: 'memory' }),
  async () => {
    agent.tsgov('run', '--name', 'hungry', '-m', '48m', '--memory-swap', '48m', 'host:', 'python3', '-c', 'bytearray(300 << 20)');
    const event = await agent.until('the oom event', () => {
      const lines = agent
        .ok('events', '--since', '1h', '--until', '0s', '--format', 'json', '--filter', 'container=hungry')
        .split('\n');
      return lines
        .map((line) => JSON.parse(line))
        .find(({ type, attributes }) => type === 'oom' && attributes.victim !== undefined);
    });
    assert.equal(event.attributes.victim, 'python3');
    assert.match(String(event.attributes.level), /^\/tsgov-test-/);
    const death = await agent.until('the death record', async () => {
      const { body } = await agent.api('GET', '/v1/deaths?container=hungry');
      return (body as DeathPage).deaths[0];
    });
    assert.equal(death.oom?.victim?.comm, 'python3');
    assert.equal(death.oom?.victim?.pid, event.attributes.victimPid);
    assert.equal(death.oom?.level, event.attributes.level);
    assert.equal(death.oom?.source, 'bpf');
  },
);

test('an agent that is killed leaves no program, map or link', requiresBpf(), async () => {
  const loaded = await agent.until('all programs', () => {
    const ids = ownBpfIds(agent.agentPid);
    return ids.link.size >= 8 && ids;
  });
  await agent.killAgent('SIGKILL');
  await agent.until('the kernel freed them', async () => {
    const now = await bpfIds();
    return BPF_KINDS.every((kind) => [...loaded[kind]].every((id) => !now[kind].has(id)));
  });
  await agent.startAgent();
});

test('an agent without BPF works, and says why it cannot trace', requires({ root: true }), async () => {
  await agent.killAgent('SIGTERM');
  process.env.TSGOV_BPF = 'off';
  try {
    await agent.startAgent();
  } finally {
    delete process.env.TSGOV_BPF;
  }
  assert.equal(agent.ok('run', '--rm', 'host:', 'echo', 'works'), 'works');
  const refused = agent.tsgov('trace', 'exec');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /BPF is turned off for this agent/);
  const { body } = await agent.api('GET', '/metrics');
  assert.match(String(body), /^tsgov_bpf_collector_up\{collector="TCP"\} 0$/m);
});

test('GET /v1/trace/{kind}: a stream from now on, narrowed to a container; a kind that is none is refused', async (t) => {
  const trace = new MemoryTrace();
  const at = await startTestApi(t, { trace });
  const { id } = await at.client.create({ image: 'host:', name: 'w' });
  const container = { id, name: 'w', image: 'host:', runtime: 'tsgov' };
  const event = (attributes: TraceEvent['attributes'], of: TraceEvent['container']): TraceEvent => ({
    time: '2026-01-01T00:00:00.000Z',
    kind: 'oom',
    event: 'oom',
    container: of,
    attributes,
  });
  trace.events.push(event({ pid: 1 }, null), event({ pid: 2 }, container));
  const stop = new AbortController();
  let started = 0;
  const onStart = () => {
    started += 1;
  };
  for await (const each of at.client.trace('oom', { container: 'w', signal: stop.signal, onStart })) {
    assert.deepEqual(each, event({ pid: 2 }, container));
    stop.abort();
  }
  assert.equal(started, 1);
  assert.equal((await call(at.socket, 'GET', '/v1/trace/nonsense')).status, 400);
  assert.equal((await call(at.socket, 'GET', '/v1/trace/oom?container=nobody')).problem.code, 'CONTAINER_NOT_FOUND');
  trace.refuse = 'trace oom: no BTF';
  const { status, problem } = await call(at.socket, 'GET', '/v1/trace/oom');
  assert.deepEqual([status, problem.code, problem.detail], [422, 'UNSUPPORTED', 'trace oom: no BTF']);
});
