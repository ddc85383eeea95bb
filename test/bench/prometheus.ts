import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { LiveAgent } from '#test/support/live-agent.js';
import { PrometheusServer } from '#test/support/prometheus-server.js';
import { BenchApi } from './api.js';
import { describeMachine } from './machine.js';

/**
 * `node dist/test/bench/prometheus.js [--containers 1000] [--seconds 300]`: what a real Prometheus that scrapes a real agent every second saw, by its own
 * figures: scrapes and how many failed, how long they took, and the agent's event loop, ticks and memory meanwhile. One line of JSON.
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

/** Until every file is held and Prometheus has all series once. */
const SETTLE_MS = 15_000;

const agent = await LiveAgent.start();
const api = new BenchApi(agent.socket);
const ids: string[] = [];
let prometheus: PrometheusServer | undefined;
try {
  const rootfs = join(agent.dir, 'rootfs');
  mkdirSync(rootfs);
  copyFileSync('/bin/busybox', join(rootfs, 'busybox'));
  chmodSync(join(rootfs, 'busybox'), 0o755);
  const body = { image: `rootfs:${rootfs}`, command: ['/busybox', 'sleep', '1000000'] };
  while (ids.length < count) ids.push((await api.call<{ id: string }>('POST', '/v1/containers?start=true', body)).id);
  prometheus = await PrometheusServer.start(agent, []);
  await sleep(SETTLE_MS + seconds * 1000);
  process.stdout.write(
    `${JSON.stringify({ containers: count, seconds, ...(await figures(prometheus)), machine: describeMachine() })}\n`,
  );
} finally {
  await prometheus?.stop();
  for (const id of ids) await api.call('DELETE', `/v1/containers/${id}?force=true`);
  api.close();
  await agent.stop();
}

async function figures(server: PrometheusServer): Promise<Record<string, number>> {
  const of = `{job="tsgov"}[${seconds}s]`;
  const asked = {
    scrapes: `count_over_time(up${of})`,
    failed: `count_over_time(up${of}) - sum_over_time(up${of})`,
    samplesAScrape: 'scrape_samples_scraped{job="tsgov"}',
    scrapeP50Ms: `1000 * quantile_over_time(0.5, scrape_duration_seconds${of})`,
    scrapeP99Ms: `1000 * quantile_over_time(0.99, scrape_duration_seconds${of})`,
    lagP99Ms: `1000 * histogram_quantile(0.99, increase(tsgov_agent_event_loop_lag_seconds_bucket${of}))`,
    lateTicks: `increase(tsgov_agent_ticks_late_total${of})`,
    agentCores: `sum(rate(tsgov_agent_cpu_seconds_total${of}))`,
    rssFirstMiB: `tsgov_agent_resident_memory_bytes{job="tsgov"} offset ${seconds}s / 1048576`,
    rssLastMiB: 'tsgov_agent_resident_memory_bytes{job="tsgov"} / 1048576',
    rssMostMiB: `max_over_time(tsgov_agent_resident_memory_bytes${of}) / 1048576`,
  };
  const answers = await Promise.all(
    Object.entries(asked).map(async ([name, expr]) => {
      const [series] = await server.query(expr);
      if (series === undefined) throw new Error(`Prometheus has nothing for ${expr}`);
      return [name, Math.round(Number(series.value[1]) * 1000) / 1000] as const;
    }),
  );
  return Object.fromEntries(answers);
}
