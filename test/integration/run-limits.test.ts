import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isV2, kernelCpuMax, kernelCpuUsec, kernelFile, kernelPids, kernelPidsRefused } from '#test/support/kernel-files.js';
import { LiveAgent } from '#test/support/live-agent.js';

const MiB = 1 << 20;
let agent: LiveAgent;
before(async () => {
  agent = await LiveAgent.start();
});
after(() => agent.stop());

/** Cores used over a window, from the kernel's own counter, and cores that nobody used. */
async function coresOver(ref: string, ms: number): Promise<{ used: number; idle: number }> {
  const view = agent.inspect(ref);
  const [usec, idleSec, at] = [kernelCpuUsec(view), idleCpuSec(), performance.now()];
  await sleep(ms);
  const sec = (performance.now() - at) / 1000;
  return { used: (kernelCpuUsec(view) - usec) / 1e6 / sec, idle: (idleCpuSec() - idleSec) / sec };
}

/** Of all CPUs, waiting for disks included, in the kernel's hundredths. Source: proc_stat(5). */
function idleCpuSec(): number {
  const [, idle, iowait] = /^cpu +(?:\d+ +){3}(\d+) +(\d+)/m.exec(readFileSync('/proc/stat', 'latin1')) ?? [];
  return (Number(idle) + Number(iowait)) / 100;
}

test("limits given at run stand in the kernel's files before the command runs", () => {
  agent.ok(
    ...[
      'run',
      '-d',
      '--name',
      'w',
      '--memory',
      '64m',
      '--cpus',
      '0.5',
      '--cpuset-cpus',
      '0',
      '--pids-limit',
      '64',
      '--cpu-shares',
      '512',
    ],
    ...['host:', 'sleep', '1000'],
  );
  const view = agent.inspect('w');
  assert.equal(Number(kernelFile(view, 'memory.max')), 64 * MiB);
  assert.equal(kernelCpuMax(view), 0.5);
  assert.equal(kernelFile(view, 'cpuset.cpus'), '0');
  assert.equal(kernelFile(view, 'pids.max'), '64');
  assert.equal(kernelFile(view, 'cpu.weight'), isV2(view.cgroups.cpu as string) ? '59' : '512');
  assert.ok(kernelPids(view).includes(view.state.pid as number));
  assert.equal(view.limits.memory?.max, 64 * MiB);
  assert.equal(view.limits.cpu?.max, 0.5);
});

test('limit takes effect live', () => {
  agent.ok('limit', 'w', '--memory', '128m', '--cpus', '0.25');
  const view = agent.inspect('w');
  assert.equal(Number(kernelFile(view, 'memory.max')), 128 * MiB);
  assert.equal(kernelCpuMax(view), 0.25);
  assert.equal(kernelFile(view, 'pids.max'), '64', 'what was not named stays');
});

test('a refused value changes nothing and says why', () => {
  const files = () =>
    JSON.stringify([
      kernelFile(agent.inspect('w'), 'memory.max'),
      kernelCpuMax(agent.inspect('w')),
      kernelFile(agent.inspect('w'), 'pids.max'),
    ]);
  const before = files();
  for (const [flags, says] of [
    [['--pids-limit', '10', '--memory', '1b'], /memory/],
    [['--pids-limit', '10', '--cpus', '9999'], /cpu/],
    [['--pids-limit', '10', '--device-write-bps', '/no/such/device:1m'], /no\/such\/device/],
    [['--pids-limit', '10', '--cpuset-cpus', '77'], /cpuset/],
    [['--memory', 'lots'], /memory/],
  ] as [string[], RegExp][]) {
    const result = agent.tsgov('limit', 'w', ...flags);
    assert.notEqual(result.code, 0, `limit ${flags.join(' ')} was taken`);
    assert.match(result.stderr, says);
    assert.equal(files(), before);
  }
});

test('memory: what goes over the limit is OOM-killed and reported so', async () => {
  agent.ok(
    'run',
    '-d',
    '--name',
    'eater',
    '--memory',
    '64m',
    '--memory-swap',
    '64m',
    'host:',
    'dd',
    'if=/dev/zero',
    'of=/dev/null',
    'bs=200M',
    'count=1',
  );
  assert.equal(agent.ok('wait', 'eater'), '137');
  const view = agent.inspect('eater');
  assert.equal(view.state.oomKilled, true);
  assert.equal(view.state.exitCode, 137);
  assert.equal(view.state.status, 'exited');
});

test('pids: a fork bomb stops at the limit', async () => {
  // The inner shell dies of the refused fork and leaves its children behind.
  const bomb = 'i=0; while [ $i -lt 300 ]; do sleep 1000 & i=$((i+1)); done';
  agent.ok('run', '-d', '--name', 'bomb', '--pids-limit', '64', 'host:', 'sh', '-c', `sh -c '${bomb}'; exec sleep 1000`);
  const view = agent.inspect('bomb');
  await agent.until('a refused fork', () => kernelPidsRefused(view) > 0);
  const current = Number(kernelFile(view, 'pids.current'));
  assert.ok(current >= 60 && current <= 64, `${current} processes`);
});

test('cpu: a busy loop gets half a core', async (t) => {
  agent.ok('run', '-d', '--name', 'hog', '--cpus', '0.5', 'host:', 'sh', '-c', 'while :; do :; done');
  await sleep(500);
  const windows: string[] = [];
  // Never more than its share; less only while others leave no CPU idle.
  for (let tries = 0; tries < 5; tries++) {
    const { used, idle } = await coresOver('hog', 4000);
    windows.push(`${used.toFixed(2)} cores used, ${idle.toFixed(2)} idle`);
    assert.ok(used <= 0.55, windows.at(-1));
    if (used >= 0.45) break;
    assert.ok(idle < 0.5, windows.at(-1));
  }
  t.diagnostic(windows.join('; '));
});

test('cpuset: the process runs on the CPU given', () => {
  assert.equal(
    agent
      .ok('run', '--rm', '--cpuset-cpus', '0', 'host:', 'sh', '-c', 'grep Cpus_allowed_list /proc/self/status')
      .split(/\s+/)[1],
    '0',
  );
});

test('io: direct writes to a throttled disk get its rate', () => {
  const dd = ['dd', 'if=/dev/zero', 'of=/root/written', 'bs=1M', 'count=16', 'oflag=direct'];
  const told: string[] = [];
  // Never more; less only while the machine has something else to do.
  for (let tries = 0; tries < 3; tries += 1) {
    const out = agent.tsgov('run', '--rm', '--device-write-bps', `${agent.root}:4m`, 'host:', ...dd);
    assert.equal(out.code, 0, out.stderr);
    told.push(out.stderr);
    const rate = (16 * MiB) / Number(/copied, ([\d.]+) s/.exec(out.stderr)?.[1]);
    assert.ok(rate <= 1.25 * 4 * MiB, out.stderr);
    if (rate >= 0.75 * 4 * MiB) return;
  }
  assert.fail(`three times too slow: ${told.join('')}`);
});
