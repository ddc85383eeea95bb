import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerView } from '#agent/contract/container.js';
import { detectCgroups } from '#runtime/cgroup/detect.js';
import { LiveAgent } from '#test/support/live-agent.js';
import { BenchApi } from './api.js';
import { makeBundle } from './bundle.js';
import { measureScrapes, type ScrapeFigures } from './scrape.js';
import { measureTick, type TickFigures } from './tick.js';

export interface AgentCost {
  containers: number;
  /** While V8 still compiles what turned out to run often. */
  early: Window;
  /** Longer, right after that. */
  later: Window;
}

interface Window {
  /** User and system time of the agent, of one core. */
  cpuPercent: number;
  /** The most that was seen of it. */
  rssMiB: number;
}

export interface GovernCost {
  tick: { n1000: TickFigures };
  agent: { n100: AgentCost; n1000: AgentCost };
  scrape: { n1000: ScrapeFigures };
}

interface Parts {
  agent: LiveAgent;
  api: BenchApi;
  rootfs: string;
  /** How long the agent's CPU time is looked at. */
  seconds: number;
  laterSeconds: number;
  /** How long /metrics is asked for every second. */
  scrapeSeconds: number;
}

/** A run of few rounds is one that tries the bench: with fewer containers, which the figures say. */
const FEW_ROUNDS = 50;

/** Until every file is held and every limit was looked at. */
const SETTLE_MS = 12_000;

const POLICY = `apiVersion: tsgov/v1
kind: Policy
metadata: {name: bench}
spec:
  match: {image: ["rootfs:*"]}
  limits: {memory: {max: 64MiB}, cpu: {max: 1}, pids: {max: 64}}
`;

/**
 * What it costs to govern many: containers of one sleeping process each, all under a policy, at ticks of 1 s; the agent's own CPU time and
 * memory, one tick over all of their cgroups against the C floor, and what scraping /metrics every second (`scrapeSeconds`: for so long) is like.
 */
export async function measureGoverning(programs: string, rounds: number, scrapeSeconds?: number): Promise<GovernCost> {
  const agent = await LiveAgent.start();
  const api = new BenchApi(agent.socket);
  try {
    const bundle = join(agent.dir, 'bundle');
    mkdirSync(bundle);
    const rootfs = makeBundle(bundle, programs);
    const few = rounds < FEW_ROUNDS;
    const seconds = few ? 3 : 30;
    const parts = {
      agent,
      api,
      rootfs,
      seconds,
      laterSeconds: few ? seconds : 4 * seconds,
      scrapeSeconds: scrapeSeconds ?? seconds,
    };
    return await govern(parts, few ? [10, 50] : [100, 1000], programs, rounds);
  } finally {
    api.close();
    await agent.stop();
  }
}

async function govern(parts: Parts, counts: readonly [number, number], programs: string, rounds: number): Promise<GovernCost> {
  const { agent, api } = parts;
  const file = join(agent.dir, 'bench-policy.yaml');
  writeFileSync(file, POLICY);
  agent.ok('policy', 'apply', file);
  const ids: string[] = [];
  try {
    await startUntil(parts, ids, counts[0]);
    const n100 = { containers: ids.length, ...(await measureAgent(parts)) };
    await startUntil(parts, ids, counts[1]);
    const n1000 = { containers: ids.length, ...(await measureAgent(parts)) };
    const scrape = { n1000: await measureScrapes(agent.socket, ids.length, parts.scrapeSeconds) };
    const { pids } = (await api.call<ContainerView>('GET', `/v1/containers/${ids[0]}`)).cgroups;
    const host = detectCgroups({ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' });
    const mount = host.carriers.pids?.mount ?? '';
    const parent = pids?.slice(mount.length).replace(/\/[^/]+$/, '') ?? agent.cgroupParent;
    const tick = await measureTick(
      host,
      ids.map((id) => `${parent}/${id}`),
      programs,
      rounds,
    );
    return { tick: { n1000: tick }, agent: { n100, n1000 }, scrape };
  } finally {
    for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
    agent.ok('policy', 'rm', 'bench');
  }
}

async function startUntil({ api, rootfs }: Parts, ids: string[], count: number): Promise<void> {
  const body = { image: `rootfs:${rootfs}`, command: ['/crowd', '1'] };
  while (ids.length < count) ids.push((await api.call<{ id: string }>('POST', '/v1/containers?start=true', body)).id);
}

async function measureAgent({ agent, seconds, laterSeconds }: Parts): Promise<Omit<AgentCost, 'containers'>> {
  await sleep(SETTLE_MS);
  return { early: await windowOf(agent.agentPid, seconds), later: await windowOf(agent.agentPid, laterSeconds) };
}

async function windowOf(pid: number, seconds: number): Promise<Window> {
  const before = cpuTicks(pid);
  let mostKiB = 0;
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1000);
    mostKiB = Math.max(mostKiB, Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]));
  }
  // A hundred clock ticks a second: as many of them a second are so many percent.
  const cpuPercent = Math.round(((cpuTicks(pid) - before) / seconds) * 100) / 100;
  return { cpuPercent, rssMiB: Math.round(mostKiB / 102.4) / 10 };
}

/** User and system time in USER_HZ, proc_pid_stat(5). */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
