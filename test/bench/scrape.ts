import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from './quantiles.js';

export interface ScrapeFigures {
  containers: number;
  scrapes: number;
  failed: number;
  p50Ms: number;
  p99Ms: number;
  /** 99 % of ticks began no later than so long after they were due, by the agent's own histogram; its largest bucket at most. */
  lagP99Ms: number;
  /** Ticks that began late or were left out meanwhile. */
  lateTicks: number;
}

const PERIOD_MS = 1000;

/** What a Prometheus sees that scrapes every second for so long: how often, how fast, and what it does to the agent. */
export async function measureScrapes(socketPath: string, containers: number, seconds: number): Promise<ScrapeFigures> {
  const times: number[] = [];
  let failed = 0;
  const first = await scrape(socketPath);
  let last = first;
  const startMs = performance.now();
  for (let turn = 1; turn <= seconds; turn += 1) {
    await sleep(Math.max(0, startMs + turn * PERIOD_MS - performance.now()));
    const answer = await scrape(socketPath);
    times.push(answer.ms);
    if (answer.status === 200) last = answer;
    else failed += 1;
  }
  return {
    containers,
    scrapes: times.length,
    failed,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    lagP99Ms: lagBetween(first.text, last.text, 0.99),
    lateTicks: figureOf(last.text, LATE) - figureOf(first.text, LATE),
  };
}

const LATE = 'tsgov_agent_ticks_late_total';
const LAG = 'tsgov_agent_event_loop_lag_seconds_bucket';

/** The smallest bound that `share` of what was counted between two scrapes keeps, in milliseconds. */
function lagBetween(before: string, after: string, share: number): number {
  const counts = new Map(bucketsOf(before));
  const risen = bucketsOf(after).map(([bound, count]) => [bound, count - (counts.get(bound) ?? 0)] as const);
  const total = risen.find(([bound]) => bound === '+Inf')?.[1] ?? 0;
  const found = risen.find(([, count]) => count >= total * share)?.[0] ?? '+Inf';
  return found === '+Inf' ? Number.POSITIVE_INFINITY : Number(found) * 1000;
}

function bucketsOf(text: string): [bound: string, count: number][] {
  const found = [...text.matchAll(new RegExp(`^${LAG}\\{le="([^"]+)"\\} (\\S+)$`, 'gm'))];
  if (found.length === 0) throw new Error(`/metrics has no ${LAG}`);
  return found.map(([, bound, count]) => [bound ?? '', Number(count)]);
}

/** The whole answer is read, and only then looked at. */
async function scrape(socketPath: string): Promise<{ status: number; ms: number; text: string }> {
  const began = performance.now();
  const { status, body } = await new Promise<{ status: number; body: Buffer }>((done, fail) => {
    const call = request({ socketPath, path: '/metrics', agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => done({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }));
      answer.on('error', fail);
    });
    call.on('error', fail);
    call.end();
  });
  return { status, ms: performance.now() - began, text: body.toString() };
}

/** Throws when there is no such metric. */
function figureOf(text: string, name: string): number {
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`/metrics has no ${name}`);
  return Number(value);
}
