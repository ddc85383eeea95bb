import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventView } from '#agent/contract/container.js';
import type { JournalEntry } from '#agent/contract/journal.js';
import { quantile } from '#test/bench/quantiles.js';
import { AgentHere } from '#test/support/agent-here.js';
import { requires } from '#test/support/requires.js';
import { tempDir } from '#test/support/temp.js';

const IDLE_MS = 1500;
const NEEDS = { root: true, controller: ['memory', 'pids'], binary: 'python3' } as const;

/** Takes memory up to what is given at once, then a little all the time; ends by SIGTERM with exit code 7. */
const LEAK = `
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
held = [bytearray(b'x' * (1 << 20)) for _ in range(int(sys.argv[1]))]
while True:
    held.append(bytearray(b'x' * (1 << 14)))
    time.sleep(0.05)
`;

/** Every 50 ms a little work on a little memory; writes how much later than it should have it was done, in µs. */
const PROBE = `
import sys, time
block = bytearray(1 << 18)
with open(sys.argv[1], 'w', buffering=1) as out:
    due = time.monotonic()
    while True:
        due = max(due + 0.05, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
        bytes(block)
        out.write('%d\\n' % ((time.monotonic() - due) * 1e6))
`;

test(
  'two containers, one leaks: the ladder goes up on that one only, each step on record with what it was decided on',
  // On v2 the same by pressure, below.
  requires({ ...NEEDS, cgroup: ['v1', 'hybrid'] }),
  async (t) => {
    const { agent, events, latency } = await scene(t);
    const idle = await latency(() => sleep(IDLE_MS));
    await agent.policy('pressure', {
      match: { name: ['leaking', 'neighbour'] },
      rules: [
        {
          name: 'back-off',
          when: { signal: 'memory.usage', above: 60, for: '1s' },
          do: [
            { reclaim: '10%' },
            { set: { 'memory.high': '-5%' } },
            { freeze: { for: '500ms' } },
            { terminate: { grace: '60s' } },
          ],
          cooldown: '1m',
        },
      ],
    });
    await agent.run('leaking', ['python3', '-c', LEAK, '60'], { limits: { memory: { max: '96m', swap: 0 } } });
    const under = await latency(() => agent.client.wait('leaking'));
    assert.equal((await agent.client.wait('leaking')).exitCode, 7, 'it ended by SIGTERM, not by SIGKILL or for want of memory');
    report(t, idle, under);
    const rows = await settled(agent, 'leaking');
    assert.deepEqual(
      rows.map(({ action }) => action).filter((action) => action !== 'undo'),
      ['reclaim', 'set', 'freeze', 'terminate'],
    );
    for (const { action, actor, values, reason } of rows.filter((row) => row.action !== 'undo')) {
      assert.equal(actor, 'rule/pressure/back-off', action);
      assert.ok(Number(values['memory.usage']) > 60, `${action}: ${JSON.stringify(values)}`);
      assert.match(reason, /memory\.usage is [\d.]+ \(above 60 for 1 s\); step \d of 4/);
    }
    const set = rows.find(({ action }) => action === 'set');
    // memory.high is a file of v2: on v1 that step is refused, on record, and the ladder goes on.
    assert.deepEqual([set?.field, set?.result], ['memory.high', 'refused']);
    assert.match(set?.error ?? '', /needs cgroup v2/);
    await bystander(agent, events);
  },
);

test(
  'the same by the pressure of the container (PSI), where its limit slows it down',
  requires({ ...NEEDS, v2: 'memory', path: '/proc/pressure/memory' }),
  async (t) => {
    const { agent, events, latency } = await scene(t);
    const idle = await latency(() => sleep(IDLE_MS));
    await agent.policy('pressure', {
      match: { name: ['leaking', 'neighbour'] },
      rules: [
        {
          name: 'back-off',
          when: { signal: 'memory.some.avg10', above: 5, for: '1s' },
          do: [
            { reclaim: '10%' },
            { set: { 'memory.high': '-5%' } },
            { freeze: { for: '500ms' } },
            { terminate: { grace: '60s' } },
          ],
          cooldown: '1m',
        },
      ],
    });
    await agent.run('leaking', ['python3', '-c', LEAK, '39'], { limits: { memory: { max: '256m', high: '40m', swap: 0 } } });
    const under = await latency(() => agent.client.wait('leaking'));
    assert.equal((await agent.client.wait('leaking')).exitCode, 7);
    report(t, idle, under);
    const rows = (await settled(agent, 'leaking')).filter(({ action }) => action !== 'undo');
    assert.deepEqual([...new Set(rows.map(({ action }) => action))], ['reclaim', 'set', 'freeze', 'terminate']);
    for (const { actor, values, reason } of rows) {
      assert.equal(actor, 'rule/pressure/back-off');
      assert.ok(Number(values['memory.some.avg10']) > 5);
      assert.match(reason, /memory\.some\.avg10 is [\d.]+ \(above 5 for 1 s\); step \d of 4/);
    }
    const set = rows.find(({ action }) => action === 'set');
    assert.deepEqual([set?.field, set?.result], ['memory.high', 'done']);
    await bystander(agent, events);
  },
);

async function scene(t: TestContext) {
  const agent = await AgentHere.start(t, { tickMs: 500 });
  const events: EventView[] = [];
  const stop = new AbortController();
  const following = agent.follow(events, stop.signal);
  t.after(async () => {
    stop.abort();
    await following;
  });
  const dir = tempDir(t);
  await agent.run('neighbour', ['python3', '-c', PROBE, '/out/neighbour'], {
    limits: { memory: { max: '96m' } },
    mounts: [{ type: 'bind', source: dir, target: '/out' }],
  });
  // What the machine does to anybody at the same time.
  const stranger = spawn('python3', ['-c', PROBE, join(dir, 'stranger')], { stdio: 'ignore' });
  t.after(() => void stranger.kill('SIGKILL'));
  const probes = { neighbour: new Probe(join(dir, 'neighbour')), stranger: new Probe(join(dir, 'stranger')) };
  await agent.until('both probe', async () => Object.values(probes).every((probe) => probe.samples(0).length > 0));
  const latency = async (work: () => Promise<unknown>): Promise<Latency> => {
    const from = { neighbour: probes.neighbour.count, stranger: probes.stranger.count };
    await work();
    return { neighbour: probes.neighbour.samples(from.neighbour), stranger: probes.stranger.samples(from.stranger) };
  };
  return { agent, events, latency };
}

/** Nothing but what is the leaking one's own. */
async function bystander(agent: AgentHere, events: readonly EventView[]): Promise<void> {
  assert.equal((await agent.client.inspect('neighbour')).state.status, 'running');
  assert.deepEqual(
    (await agent.journal('neighbour')).filter(({ actor }) => actor.startsWith('rule/')),
    [],
  );
  const ruled = (): EventView[] => events.filter(({ type }) => type === 'rule');
  await agent.until('four rule events', async () => ruled().length >= 4);
  const told = ruled();
  for (const { container, attributes } of told) {
    assert.equal(container?.name, 'leaking');
    assert.equal(attributes.enforce, 'enforce');
  }
}

/** What rules did, once the last of it is told and what they set is taken back too. */
async function settled(agent: AgentHere, name: string): Promise<JournalEntry[]> {
  const rows = async (): Promise<JournalEntry[]> => (await agent.journal(name)).filter(({ actor }) => actor.startsWith('rule/'));
  // It has ended before the act that ended it is over, and told.
  await agent.until('the last step is on record', async () => (await rows()).some(({ action }) => action === 'terminate'));
  await agent.until('what was set is taken back', async () => {
    const { limitSources } = await agent.client.inspect(name);
    return !Object.values(limitSources).some((source) => source.startsWith('rule/'));
  });
  return rows();
}

/**
 * A neighbour's 99th percentile is what the machine makes of it, on a busy one too: it is told. That half of its samples are as those of a
 * process that has nothing to do with either must hold anywhere.
 */
function report(t: TestContext, idle: Latency, under: Latency): void {
  const [was, is, stranger] = [idle.neighbour, under.neighbour, under.stranger];
  assert.ok(was.length > 10 && is.length > 10 && stranger.length > 10, `${was.length}, ${is.length}, ${stranger.length} samples`);
  const ratio = (quantile(is, 0.99) / quantile(was, 0.99)).toFixed(2);
  t.diagnostic(
    `neighbour's latency, p99: ${quantile(was, 0.99)} µs idle, ${quantile(is, 0.99)} µs while the other leaked: × ${ratio}; a stranger's then: ${quantile(stranger, 0.99)} µs`,
  );
  const most = 2 * Math.max(quantile(was, 0.5), quantile(stranger, 0.5)) + 2000;
  assert.ok(quantile(is, 0.5) <= most, `half of the neighbour's samples are later than ${most} µs`);
}

/** Of one period, how late each turn was, in µs. */
interface Latency {
  neighbour: number[];
  stranger: number[];
}

/** What a probe wrote. */
class Probe {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get count(): number {
    return this.#lines().length;
  }

  samples(from: number): number[] {
    return this.#lines().slice(from).map(Number);
  }

  #lines(): string[] {
    try {
      return readFileSync(this.#file, 'utf8').split('\n').filter(Boolean);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
