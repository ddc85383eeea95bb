import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import { SIGNALS } from '#agent/policy/signals.js';
import { TSGOV } from '#test/support/live-agent.js';
import { startTestApi } from '#test/support/test-api.js';
import { describeMachine } from './machine.js';
import { quantile } from './quantiles.js';

/**
 * `node dist/test/bench/top.js`: what `tsgov top` costs while nobody touches it, and how soon it answers a key, at 100 and at 1,000 containers
 * all of whose figures change every second. The screen is the real one in a terminal of 200x60, the API a real server; only what it tells is made up.
 */
const IDLE_MS = 10_000;
const KEYS = 60;
const CPU_TICK_MS = 10;

const undo: (() => void | Promise<void>)[] = [];
const t = { after: (step: () => void | Promise<void>) => void undo.push(step) };
try {
  for (const count of [100, 1000]) process.stdout.write(`${JSON.stringify({ containers: count, ...(await measure(count)) })}\n`);
  process.stdout.write(`${JSON.stringify(describeMachine())}\n`);
} finally {
  for (const step of undo.toReversed()) await step();
}

async function measure(count: number): Promise<{ idlePercent: number; keyP50Ms: number; keyP99Ms: number }> {
  const { eyes, socket } = await startTestApi(t);
  eyes.usage = ({ signals }) => madeUp(count, signals ?? Object.keys(SIGNALS));
  const config = mkdtempSync(join(tmpdir(), 'tsgov-bench-'));
  undo.push(() => rmSync(config, { recursive: true, force: true }));
  const command = `stty rows 60 cols 200; exec ${TSGOV} --host ${socket} top`;
  const env = { ...process.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', XDG_CONFIG_HOME: config };
  const child = spawn('script', ['-qfc', command, '/dev/null'], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  undo.push(() => void child.kill());
  let drawn: ((text: string) => void) | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => drawn?.(text));
  const shows = (what: string) =>
    new Promise<void>((resolve) => {
      drawn = (text) => {
        if (text.includes(what)) resolve();
      };
    });
  await shows('container-1');
  await sleep(2000);
  const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim().split(' ')[0]);
  const before = cpuMs(pid);
  await sleep(IDLE_MS);
  const idlePercent = Math.round(((cpuMs(pid) - before) * 10_000) / IDLE_MS) / 100;
  const keyMs: number[] = [];
  for (let index = 0; index < KEYS; index += 1) {
    // Anywhere between two looks.
    await sleep(40 + ((index * 37) % 60));
    const began = performance.now();
    const answered = shows('▶');
    child.stdin.write(index % 20 < 10 ? 'j' : '\x1b[A');
    await answered;
    keyMs.push(performance.now() - began);
  }
  child.stdin.write('q');
  await once(child, 'exit');
  return { idlePercent, keyP50Ms: quantile(keyMs, 0.5), keyP99Ms: quantile(keyMs, 0.99) };
}

/** CPU time of a process so far (proc_pid_stat(5)). */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MS;
}

function madeUp(count: number, names: readonly string[]): UsageView {
  const nowMs = Date.now();
  const time = new Date(nowMs).toISOString();
  const cpu = (share: number) => ({ busyUsec: nowMs * 1000 * share, idleUsec: nowMs * 1000 * (1 - share) });
  const containers = Array.from({ length: count }, (_, index): ContainerUsage => {
    const signals = Object.fromEntries(names.map((name) => [name, Math.random() * 100]));
    return {
      id: String(index).padStart(64, 'a'),
      name: `container-${index}`,
      image: 'host:',
      runtime: 'tsgov',
      status: 'running',
      restartCount: 0,
      policies: ['batch'],
      drifts: 0,
      limits: { 'cpu.max': 50, 'memory.max': 200 },
      signals,
    };
  });
  const node = {
    hostname: 'bench',
    cpus: [cpu(0.5), cpu(0.2)],
    memTotalBytes: 2 ** 34,
    swapTotalBytes: 0,
    swapFreeBytes: 0,
    load: [1, 2, 3],
    signals: {},
  };
  return { time, tickTime: time, node, containers };
}
