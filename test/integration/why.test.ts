import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EventView } from '#agent/contract/container.js';
import type { CreateBody } from '#agent/contract/create.js';
import type { WhyKind, WhyView } from '#agent/contract/why.js';
import { AgentHere } from '#test/support/agent-here.js';
import { cliHere } from '#test/support/cli-here.js';
import { kernelPidsRefused } from '#test/support/kernel-files.js';
import { requires } from '#test/support/requires.js';
import { smallDisk } from '#test/support/small-disk.js';

const HOG = 'while :; do :; done';
const MiB = 1 << 20;

const agentFor = AgentHere.shared({ tickMs: 500 });

const why = (agent: AgentHere, name: string, window = '1s'): Promise<WhyView> => agent.client.why(name, { window });

/** The agent, and a container of it that runs a script. */
async function run(t: TestContext, name: string, script: string, limits: CreateBody['limits'] = {}): Promise<AgentHere> {
  const agent = await agentFor(t);
  await agent.run(name, ['sh', '-c', script], { limits });
  return agent;
}

type Factor = WhyView['factors'][number];

/** Asks until this is what holds it back most, and so: the machine may be busy with others for a while. */
function first(agent: AgentHere, name: string, kind: WhyKind, so: (factor: Factor) => boolean = () => true) {
  return agent.until(`${kind} first for ${name}`, async () => {
    const [factor] = (await why(agent, name)).factors;
    return factor?.kind === kind && so(factor) && factor;
  });
}

test('one that sleeps is held back by nothing, and that is said', async (t) => {
  const agent = await run(t, 'idle', 'sleep 1000');
  const view = await agent.until('nothing', async () => {
    const found = await why(agent, 'idle');
    return found.factors.length === 0 && found.windowMs >= 1000 && found;
  });
  assert.equal(view.status, 'running');
  assert.match((await cliHere(agent.env, 'why', '--window', '200ms', 'idle')).stdout, /^Nothing holds idle back/);
});

test('a CPU hog: its own quota first, set at run, then by a policy', async (t) => {
  const agent = await run(t, 'hog', HOG, { cpu: { max: 0.1 } });
  const own = await first(agent, 'hog', 'cpu-quota', ({ sharePercent }) => (sharePercent ?? 0) > 30);
  assert.deepEqual([own.field, own.setBy, own.figures.maxCores], ['cpu.max', 'run', 0.1]);
  await agent.policy('slow', { match: { name: ['hog'] }, limits: { cpu: { max: 0.05 } } });
  const policy = await first(agent, 'hog', 'cpu-quota', ({ setBy }) => setBy === 'policy/slow');
  assert.equal(policy.figures.maxCores, 0.05);
});

test(
  'two hogs on one CPU: each names the other',
  requires({ cgroup: ['v2', 'hybrid'], path: '/proc/pressure/cpu' }),
  async (t) => {
    await run(t, 'one', HOG, { cpuset: { cpus: '0' } });
    const agent = await run(t, 'two', HOG, { cpuset: { cpus: '0' } });
    for (const [name, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      const named = ({ others, sharePercent }: Factor): boolean =>
        others.some((each) => each.name === other) && (sharePercent ?? 0) > 20;
      const found = await first(agent, name, 'cpu-neighbour', named);
      assert.deepEqual([found.field, found.setBy], ['cpuset.cpus', 'run']);
    }
  },
);

test('at its memory limit: who set it, and that the kernel killed for it', async (t) => {
  const agent = await agentFor(t);
  const fill = 'while :; do head -c 200m /dev/zero | tail -n 1 > /dev/null; done';
  // The kernel may choose the shell.
  await agent.run('mem', ['sh', '-c', fill], { limits: { memory: { max: 16 * MiB } }, restart: 'always' });
  for (const kind of ['memory-max', 'oom'] as const) {
    let last: WhyView | undefined;
    const found = await agent
      .until(kind, async () => {
        last = await why(agent, 'mem');
        return last.factors.find((factor) => factor.kind === kind);
      })
      .catch((error: Error) => assert.fail(`${error.message}; at last ${JSON.stringify(last)}`));
    assert.deepEqual([found.field, found.setBy], ['memory.max', 'run']);
  }
});

test('an OOM kill in a container that goes on is told by the next tick', async (t) => {
  const agent = await run(t, 'killed', 'while :; do head -c 200m /dev/zero | tail -n 1 > /dev/null; sleep 1; done', {
    memory: { max: 16 * MiB, swap: 0 },
  });
  const events: EventView[] = [];
  const stop = new AbortController();
  const following = agent.follow(events, stop.signal);
  await agent.until('an oom event', async () =>
    events.some(({ type, attributes }) => type === 'oom' && Number(attributes.kills) > 0),
  );
  stop.abort();
  await following;
});

test(
  'a writer held to its rate: the limit, not the disk',
  requires({ controller: 'io', binary: ['losetup', 'mkfs.ext4'] }),
  async (t) => {
    const disk = smallDisk(t);
    const limits = { io: { devices: [{ device: disk.number, writeBps: MiB }] } };
    const agent = await agentFor(t);
    const write = 'while :; do dd if=/dev/zero of=/disk/file bs=256k count=40 oflag=direct conv=notrunc; done';
    const mounts = [{ type: 'bind' as const, source: disk.dir, target: '/disk' }];
    await agent.run('writer', ['sh', '-c', write], { mounts, limits });
    const found = await agent.until('io-limit', async () => {
      const { factors } = await why(agent, 'writer', '2s');
      return factors.find(({ kind, figures }) => kind === 'io-limit' && (figures.ofLimitPercent ?? 0) > 80);
    });
    assert.deepEqual([found.field, found.setBy], [`io.devices[${disk.number}].writeBps`, 'run']);
  },
);

test('forks that pids.max refused', async (t) => {
  const agent = await run(t, 'forks', 'while :; do (sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait) 2> /dev/null; done', {
    pids: { max: 3 },
  });
  await agent.until('a fork refused', async () => kernelPidsRefused(await agent.client.inspect('forks')) > 0);
  const found = await agent.until('pids', async () =>
    (await why(agent, 'forks')).factors.find(({ kind }) => kind === 'pids-max'),
  );
  assert.deepEqual([found.field, found.setBy, found.figures.max], ['pids.max', 'run', 3]);
});

test('frozen: by whom, until when', async (t) => {
  const agent = await run(t, 'still', 'sleep 1000');
  await agent.client.freeze('still', { for: '10m' });
  const { status, factors } = await why(agent, 'still', '100ms');
  assert.equal(status, 'frozen');
  assert.deepEqual([factors.length, factors[0]?.kind, factors[0]?.setBy], [1, 'frozen', 'user']);
  assert.equal(factors[0]?.changed?.actor, 'user');
  const left = factors[0]?.figures.thawsInSec ?? 0;
  assert.ok(left > 300 && left <= 600, `${left} s`);
});

test('frozen by a policy after a rule that is gone: by the policy', async (t) => {
  const agent = await run(t, 'twice', 'sleep 1000');
  const setBy = async () => (await why(agent, 'twice', '100ms')).factors[0]?.setBy;
  const rule = { name: 'stop', when: { signal: 'pids.current', above: 0 }, do: [{ freeze: { for: '10m' } }] };
  await agent.policy('first', { match: { name: ['twice'] }, rules: [rule] });
  await agent.until('frozen by the rule', async () => (await setBy()) === 'rule/first/stop');
  await agent.client.removePolicy('first');
  await agent.until('thawed', async () => (await agent.client.inspect('twice')).state.status === 'running');
  await agent.policy('second', { match: { name: ['twice'] }, limits: { state: 'frozen' } });
  await agent.until('frozen by the policy', async () => (await agent.client.inspect('twice')).state.status === 'frozen');
  assert.equal(await setBy(), 'policy/second');
});

test('one that ended says how; a name nobody has is refused; so is a window out of range', async (t) => {
  const agent = await run(t, 'ended', 'exit 3');
  await agent.until('its end', async () => (await agent.client.inspect('ended')).state.status === 'exited');
  const { windowMs, factors } = await why(agent, 'ended', '50s');
  assert.equal(windowMs, 0);
  assert.deepEqual([factors[0]?.kind, factors[0]?.figures], ['not-running', { exitCode: 3 }]);
  assert.equal((await agent.api('GET', '/v1/containers/nobody/why')).status, 404);
  const refused = await agent.api('GET', '/v1/containers/nobody/why?window=2h');
  assert.deepEqual([refused.status, (refused.body as { field: string }).field], [400, 'window']);
});
