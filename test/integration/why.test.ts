import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { WhyKind, WhyView } from '#agent/contract/why.js';
import { kernelPidsRefused } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { requires } from '#test/support/requires.js';
import { smallDisk } from '#test/support/small-disk.js';

const HOG = 'while :; do :; done';
const MiB = 1 << 20;

let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

async function run(name: string, script: string, limits: object = {}): Promise<void> {
  const body = { name, image: 'host:', command: ['sh', '-c', script], limits };
  const answer = await agent.api('POST', '/v1/containers?start=true', body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}

const remove = (name: string) => agent.api('DELETE', `/v1/containers/${name}?force=true`);

async function why(name: string, window = '1s'): Promise<WhyView> {
  const answer = await agent.api('GET', `/v1/containers/${name}/why?window=${window}`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body as WhyView;
}

type Factor = WhyView['factors'][number];

/** Asks until this is what holds it back most, and so: the machine may be busy with others for a while. */
function first(name: string, kind: WhyKind, so: (factor: Factor) => boolean = () => true) {
  return agent.until(
    `${kind} first for ${name}`,
    async () => {
      const [factor] = (await why(name)).factors;
      return factor?.kind === kind && so(factor) && factor;
    },
    60_000,
  );
}

test('one that sleeps is held back by nothing, and that is said', async () => {
  await run('idle', 'sleep 1000');
  const view = await agent.until('nothing', async () => {
    const found = await why('idle');
    return found.factors.length === 0 && found.windowMs >= 1000 && found;
  });
  assert.equal(view.status, 'running');
  assert.match(agent.ok('why', '--window', '200ms', 'idle'), /^Nothing holds idle back/);
  await remove('idle');
});

test('a CPU hog: its own quota first, set at run, then by a policy', async () => {
  await run('hog', HOG, { cpu: { max: 0.1 } });
  const own = await first('hog', 'cpu-quota', ({ sharePercent }) => (sharePercent ?? 0) > 30);
  assert.deepEqual([own.field, own.setBy, own.figures.maxCores], ['cpu.max', 'run', 0.1]);
  const text =
    'apiVersion: tsgov/v1\nkind: Policy\nmetadata: {name: slow}\nspec: {match: {name: [hog]}, limits: {cpu: {max: 0.05}}}\n';
  writeFileSync(join(agent.dir, 'slow.yaml'), text);
  agent.ok('policy', 'apply', join(agent.dir, 'slow.yaml'));
  const policy = await first('hog', 'cpu-quota', ({ setBy }) => setBy === 'policy/slow');
  assert.equal(policy.figures.maxCores, 0.05);
  agent.ok('policy', 'rm', 'slow');
  await remove('hog');
});

test(
  'two hogs on one CPU: each names the other',
  requires({ cgroup: ['v2', 'hybrid'], path: '/proc/pressure/cpu' }),
  async () => {
    await run('one', HOG, { cpuset: { cpus: '0' } });
    await run('two', HOG, { cpuset: { cpus: '0' } });
    for (const [name, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      const named = ({ others, sharePercent }: Factor): boolean =>
        others.some((each) => each.name === other) && (sharePercent ?? 0) > 20;
      const found = await first(name, 'cpu-neighbour', named);
      assert.deepEqual([found.field, found.setBy], ['cpuset.cpus', 'run']);
    }
    await remove('one');
    await remove('two');
  },
);

test('at its memory limit: who set it, and that the kernel killed for it', async () => {
  await run('mem', 'while :; do head -c 200m /dev/zero | tail -n 1 > /dev/null; done', { memory: { max: 16 * MiB } });
  for (const kind of ['memory-max', 'oom'] as const) {
    const found = await agent.until(kind, async () => (await why('mem')).factors.find((factor) => factor.kind === kind), 60_000);
    assert.deepEqual([found.field, found.setBy], ['memory.max', 'run']);
  }
  await remove('mem');
});

test('an OOM kill in a container that goes on is told by the next tick', async () => {
  await run('killed', 'while :; do head -c 200m /dev/zero | tail -n 1 > /dev/null; sleep 1; done', {
    memory: { max: 16 * MiB, swap: 0 },
  });
  const events = agent.spawn(['events', '--since', '1m', '--filter', 'event=oom', '--format', 'json']);
  let text = '';
  events.stdout?.on('data', (chunk) => (text += chunk));
  await agent.until('an oom event', () => /"type":\s*"oom"[\s\S]*"kills":\s*[1-9]/.test(text), 60_000);
  events.kill();
  await remove('killed');
});

test(
  'a writer held to its rate: the limit, not the disk',
  requires({ controller: 'io', binary: ['losetup', 'mkfs.ext4'] }),
  async (t) => {
    const disk = smallDisk(t);
    const limits = { io: { devices: [{ device: disk.number, writeBps: MiB }] } };
    const body = {
      name: 'writer',
      image: 'host:',
      command: ['sh', '-c', 'while :; do dd if=/dev/zero of=/disk/file bs=256k count=40 oflag=direct conv=notrunc; done'],
      mounts: [{ type: 'bind', source: disk.dir, target: '/disk' }],
      limits,
    };
    const answer = await agent.api('POST', '/v1/containers?start=true', body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const found = await agent.until(
      'io-limit',
      async () => {
        const { factors } = await why('writer', '2s');
        return factors.find(({ kind, figures }) => kind === 'io-limit' && (figures.ofLimitPercent ?? 0) > 80);
      },
      60_000,
    );
    assert.deepEqual([found.field, found.setBy], [`io.devices[${disk.number}].writeBps`, 'run']);
    await remove('writer');
  },
);

test('forks that pids.max refused', async () => {
  await run('forks', 'while :; do (sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait) 2> /dev/null; done', { pids: { max: 3 } });
  await agent.until('a fork refused', () => kernelPidsRefused(agent.inspect('forks')) > 0);
  const found = await agent.until(
    'pids',
    async () => (await why('forks')).factors.find(({ kind }) => kind === 'pids-max'),
    60_000,
  );
  assert.deepEqual([found.field, found.setBy, found.figures.max], ['pids.max', 'run', 3]);
  await remove('forks');
});

test('frozen: by whom, until when', async () => {
  await run('still', 'sleep 1000');
  agent.ok('freeze', '--for', '10m', 'still');
  const { status, factors } = await why('still', '100ms');
  assert.equal(status, 'frozen');
  assert.deepEqual([factors.length, factors[0]?.kind, factors[0]?.setBy], [1, 'frozen', 'user']);
  assert.equal(factors[0]?.changed?.actor, 'user');
  const left = factors[0]?.figures.thawsInSec ?? 0;
  assert.ok(left > 300 && left <= 600, `${left} s`);
  await remove('still');
});

test('one that ended says how; a name nobody has is refused; so is a window out of range', async () => {
  await run('ended', 'exit 3');
  await agent.until('its end', () => agent.inspect('ended').state.status === 'exited');
  const { windowMs, factors } = await why('ended', '50s');
  assert.equal(windowMs, 0);
  assert.deepEqual([factors[0]?.kind, factors[0]?.figures], ['not-running', { exitCode: 3 }]);
  await remove('ended');
  assert.equal((await agent.api('GET', '/v1/containers/nobody/why')).status, 404);
  const refused = await agent.api('GET', '/v1/containers/nobody/why?window=2h');
  assert.deepEqual([refused.status, (refused.body as { field: string }).field], [400, 'window']);
});
