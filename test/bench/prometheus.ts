import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LiveAgent } from '#test/support/live-agent.js';
import { freePort, PrometheusServer } from '#test/support/prometheus-server.js';
import { BenchApi } from './api.js';
import { describeMachine } from './machine.js';
import { staticServer } from './static-server.js';

/**
 * `node dist/test/bench/prometheus.js [--containers 1000] [--seconds 300]`: what a real Prometheus that scrapes a real agent every second over TCP saw, by
 * its own figures: scrapes and how many failed, how long they took, and the agent's event loop, ticks and memory meanwhile; then how long it
 * took from a server that only hands out a prepared answer. One line of JSON.
 */
const { values } = parseArgs({
  options: { containers: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '300' } },
});
const count = Number(values.containers);
const seconds = Number(values.seconds);
if (!Number.isInteger(count) || count < 1)
  throw new RangeError(`--containers ${values.containers}: a positive whole number is needed`);
if (!Number.isInteger(seconds) || seconds < 10)
  throw new RangeError(`--seconds ${values.seconds}: a whole number from 10 on is needed`);

/** The floor: a server that has one answer of the agent's ready, compressed. What it takes is Prometheus's own part. */
const FLOOR_SECONDS = 60;
/** Until every file is held and Prometheus has all series once. */
const SETTLE_MS = 15_000;

const DURATIONS = {
  scrapes: 'count_over_time(up{job="tsgov"}[RANGE])',
  failed: 'count_over_time(up{job="tsgov"}[RANGE]) - sum_over_time(up{job="tsgov"}[RANGE])',
  samplesAScrape: 'scrape_samples_scraped{job="tsgov"}',
  scrapeP50Ms: '1000 * quantile_over_time(0.5, scrape_duration_seconds{job="tsgov"}[RANGE])',
  scrapeP99Ms: '1000 * quantile_over_time(0.99, scrape_duration_seconds{job="tsgov"}[RANGE])',
};
const OF_THE_AGENT = {
  lagP99Ms: '1000 * histogram_quantile(0.99, increase(tsgov_agent_event_loop_lag_seconds_bucket{job="tsgov"}[RANGE]))',
  lateTicks: 'increase(tsgov_agent_ticks_late_total{job="tsgov"}[RANGE])',
  agentCores: 'sum(rate(tsgov_agent_cpu_seconds_total{job="tsgov"}[RANGE]))',
  rssFirstMiB: 'tsgov_agent_resident_memory_bytes{job="tsgov"} offset RANGE / 1048576',
  rssLastMiB: 'tsgov_agent_resident_memory_bytes{job="tsgov"} / 1048576',
  rssMostMiB: 'max_over_time(tsgov_agent_resident_memory_bytes{job="tsgov"}[RANGE]) / 1048576',
};

const listen = `127.0.0.1:${await freePort()}`;
const agent = await LiveAgent.start({ TSGOV_LISTEN: listen });
const api = new BenchApi(agent.socket);
const ids: string[] = [];
try {
  const rootfs = join(agent.dir, 'rootfs');
  mkdirSync(rootfs);
  copyFileSync('/bin/busybox', join(rootfs, 'busybox'));
  chmodSync(join(rootfs, 'busybox'), 0o755);
  const body = { image: `rootfs:${rootfs}`, command: ['/busybox', 'sleep', '1000000'] };
  while (ids.length < count) ids.push((await api.call<{ id: string }>('POST', '/v1/containers?start=true', body)).id);
  const found = await scraped(listen, seconds, { ...DURATIONS, ...OF_THE_AGENT });
  const floor = await staticServer(`http://${listen}/metrics`);
  const prepared = await scraped(floor.target, FLOOR_SECONDS, DURATIONS);
  floor.close();
  process.stdout.write(`${JSON.stringify({ containers: count, seconds, ...found, prepared, machine: describeMachine() })}\n`);
} finally {
  for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
  api.close();
  await agent.stop();
}

/** What a Prometheus of its own saw of this target; RANGE stands for the seconds. */
async function scraped(
  target: string,
  seconds: number,
  asked: Readonly<Record<string, string>>,
): Promise<Record<string, number>> {
  const server = await PrometheusServer.start(agent, [], target);
  try {
    await sleep(SETTLE_MS + seconds * 1000);
    const answers = await Promise.all(
      Object.entries(asked).map(async ([name, query]) => {
        const expr = query.replaceAll('RANGE', `${seconds}s`);
        const [series] = await server.query(expr);
        if (series === undefined) throw new Error(`Prometheus has nothing for ${expr}`);
        return [name, Math.round(Number(series.value[1]) * 1000) / 1000] as const;
      }),
    );
    return Object.fromEntries(answers);
  } finally {
    await server.stop();
  }
}
