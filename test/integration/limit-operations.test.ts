import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerView } from '#agent/contract/container.js';
import { AgentHere } from '#test/support/agent-here.js';
import { cliHere } from '#test/support/cli-here.js';
import { assertGolden } from '#test/support/golden.js';
import { requires } from '#test/support/requires.js';

/** DISK stands for a path on the disk that tests write to. */
const OPERATIONS = `
  --memory 64m
  --memory 128m --memory-swap 128m
  --memory-swap 256m
  --memory-swap -1
  --memory 96m --memory-swap-max 0
  --memory 48m
  --memory-reservation 16m
  --memory-low 0
  --memory max --memory-swap-max max
  --memory 64m --memory-reservation 32m
  --cpus 0.5
  --cpus 1.5
  --cpus 0.01
  --cpu-period 50000
  --cpu-quota 25000
  --cpu-quota 20000 --cpu-period 10000
  --cpu-quota -1
  --cpus 1 --cpu-burst 50ms
  --cpu-burst 0ms
  --cpus 0.25 --cpu-period 100000 --cpu-burst 25ms
  --cpus max
  --cpu-shares 512
  --cpu-shares 2
  --cpu-shares 1024
  --cpu-weight 1
  --cpu-weight 300
  --cpu-weight 10000
  --cpu-weight 100 --cpus 0.5
  --cpu-idle
  --cpu-idle=false --cpu-weight 50
  --cpuset-cpus 0
  --cpuset-cpus 0-1
  --cpuset-mems 0
  --pids-limit 64
  --pids-limit -1
  --device-write-bps DISK:4m
  --device-write-bps DISK:2m --device-read-bps DISK:8m
  --device-read-iops DISK:300 --device-write-iops DISK:200
  --memory 1b
  --clear --pids-limit 10
`
  .trim()
  .split('\n')
  .map((line) => line.trim());

test('forty limit operations read the same in inspect on every cgroup host', requires({ root: true }), async (t) => {
  const agent = await AgentHere.start(t);
  assert.equal(OPERATIONS.length, 40);
  await agent.run('w', ['sleep', '1000']);
  const lines: string[] = [];
  for (const operation of OPERATIONS) {
    const flags = operation.replaceAll('DISK', agent.dir).split(' ');
    const result = await cliHere(agent.env, 'limit', '--format', 'json', 'w', ...flags);
    const shown = result.code === 0 ? result.stdout : (await cliHere(agent.env, 'inspect', '--format', 'json', 'w')).stdout;
    const [view] = JSON.parse(shown) as [ContainerView];
    lines.push(`limit ${operation}${result.code === 0 ? '' : ` (exit ${result.code})`}`, `  ${limitsText(view)}`);
  }
  assertGolden('limits/operations.txt', `${lines.join('\n')}\n`);
  // The same by the program itself.
  const [last] = JSON.parse(await agent.program('inspect', '--format', 'json', 'w')) as [ContainerView];
  assert.equal(`  ${limitsText(last)}`, lines.at(-1));
});

/** Which disk it is depends on the machine. */
function limitsText({ limits }: ContainerView): string {
  const devices = limits.io?.devices?.map(({ disk: _disk, device: _device, ...rates }) => ({ device: 'DISK', ...rates })) ?? [];
  return JSON.stringify({ ...limits, io: { ...limits.io, devices } });
}
