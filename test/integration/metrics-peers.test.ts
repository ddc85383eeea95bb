import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentHere } from '#test/support/agent-here.js';
import { BUSYBOX, Podman } from '#test/support/podman.js';
import { requires } from '#test/support/requires.js';

const NEEDS = requires({ root: true, controller: ['memory', 'pids'], binary: ['podman', 'conmon', 'runc'], path: BUSYBOX });
const MIB = 1 << 20;
const WORK = 'dd if=/dev/zero of=/f bs=1M count=8; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done';

/** What `podman stats --format json` says of a container. */
interface PodmanStats {
  name: string;
  cpu_time: string;
  mem_usage: string;
  pids: string;
}

test('podman stats and /metrics say the same of a container of podman', NEEDS, async (t) => {
  const podman = new Podman(t);
  const agent = await AgentHere.start(t, { tickMs: 200 });
  const id = await podman.run('pod-measured', '--memory', '64m', '--pids-limit', '99');
  await podman.ok('exec', 'pod-measured', '/bin/sh', '-c', WORK);
  const name = 'container_memory_usage_bytes';
  await agent.until('it is in /metrics', async () => (await figure(agent, id, name)) !== undefined);
  // What ticks and podman see of one that sleeps now is the same, but for a batch of charges.
  const from = await ticks(agent);
  await agent.until('ticks saw it after its work', async () => (await ticks(agent)) >= from + 2);
  const before = await figure(agent, id, 'container_cpu_usage_seconds_total');
  const [stats] = JSON.parse(await podman.ok('stats', '--no-stream', '--format', 'json', 'pod-measured')) as PodmanStats[];
  const after = await figure(agent, id, 'container_cpu_usage_seconds_total');
  t.diagnostic(`podman: ${JSON.stringify(stats)}`);
  assert.equal(Number(stats?.pids), await figure(agent, id, 'container_threads'));
  const used = bytesOf(stats?.mem_usage.split(' / ')[0] ?? '');
  const ours = [await figure(agent, id, name), await figure(agent, id, 'container_memory_working_set_bytes')].map(Number);
  // Podman prints three digits, and since 5.0 without the inactive page cache.
  assert.ok(
    ours.some((bytes) => Math.abs(bytes - used) <= MIB + used / 100),
    `podman says ${used}, we ${ours}`,
  );
  const cpu = secondsOf(stats?.cpu_time ?? '');
  assert.ok(
    cpu > 0 && cpu >= Number(before) - 0.01 && cpu <= Number(after) + 0.25,
    `podman says ${cpu} s, we ${before} to ${after}`,
  );
});

async function figure(agent: AgentHere, id: string, metric: string): Promise<number | undefined> {
  const text = await agent.get('/metrics');
  const [, value] = new RegExp(`^${metric}\\{id="[^"]*${id}[^"]*",name="pod-measured".*\\} (\\S+)$`, 'm').exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}

async function ticks(agent: AgentHere): Promise<number> {
  return Number(/^tsgov_agent_tick_seconds_count (\d+)$/m.exec(await agent.get('/metrics'))?.[1]);
}

/** `9.2MB`, in thousands. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^([\d.]+)([kMG]?)B$/.exec(text) ?? assert.fail(`podman printed ${text}`);
  return Number(number) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit as '' | 'k' | 'M' | 'G'];
}

/** A duration as Go prints it: `1.2s`, `350.5ms`, `12µs`. */
function secondsOf(text: string): number {
  let seconds = 0;
  for (const [, number, unit = 's'] of text.matchAll(/([\d.]+)(ms|µs|us|ns|h|m|s)/g))
    seconds += Number(number) * ({ h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6, us: 1e-6, ns: 1e-9 }[unit] ?? Number.NaN);
  return seconds;
}
