import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';
import { label, seriesLine } from '#agent/metrics/exposition.js';
import type { Blocks, Metric } from '#agent/metrics/metric.js';
import { nodeMetric } from './single.js';

/** The agent's own figures. */
export interface AgentFigures {
  /** As they are now. */
  blocks(): Promise<Blocks>;
}

const BUILD = nodeMetric('tsgov_agent_build_info', 'gauge', '1; the version is a label.', 'package.json', ['version']);
const CPU = nodeMetric('tsgov_agent_cpu_seconds_total', 'counter', 'CPU time of the agent.', 'getrusage(2)', ['mode']);
const BUSY = nodeMetric(
  'tsgov_agent_event_loop_busy_seconds_total',
  'counter',
  'Time the event loop of the agent was at work rather than waiting.',
  'libuv',
);
const RESIDENT = nodeMetric('tsgov_agent_resident_memory_bytes', 'gauge', 'Resident memory of the agent.', '/proc/self/stat');
const HEAP = nodeMetric('tsgov_agent_heap_bytes', 'gauge', 'JavaScript heap in use by the agent.', 'V8');
const FDS = nodeMetric('tsgov_agent_open_fds', 'gauge', 'Open file descriptors of the agent.', '/proc/self/fd');
const START = nodeMetric('tsgov_agent_start_time_seconds', 'gauge', 'Start of the agent since the epoch.', 'the clock');

export const AGENT_METRICS = [BUILD, CPU, BUSY, RESIDENT, HEAP, FDS, START];

/** `tsgov_agent_*`, read when asked. */
export function agentFigures(version: string, procRoot: string): AgentFigures {
  const registry = agentRegistry(version, procRoot);
  return {
    blocks: async () => {
      const found = new Map((await registry.getMetricsAsJSON()).map((metric) => [metric.name, metric]));
      return AGENT_METRICS.flatMap((metric) => {
        const read = found.get(metric.name);
        return read === undefined ? [] : [{ metric, text: lines(read) }];
      });
    },
  };
}

function lines({ name, values }: MetricObjectWithValues<MetricValue<string>>): string {
  let text = '';
  for (const { labels, value } of values)
    text += seriesLine(
      name,
      Object.entries(labels)
        .map(([key, each]) => label(key, String(each)))
        .join(','),
      value,
    );
  return text;
}

function agentRegistry(version: string, procRoot: string): Registry {
  const registry = new Registry();
  const of = ({ name, help, labels }: Metric) => ({ name, help, labelNames: [...labels], registers: [registry] });
  new Gauge(of(BUILD)).set({ version }, 1);
  new Counter({
    ...of(CPU),
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc({ mode: 'user' }, user / 1e6);
      this.inc({ mode: 'system' }, system / 1e6);
    },
  });
  new Counter({
    ...of(BUSY),
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1e3);
    },
  });
  new Gauge({
    ...of(RESIDENT),
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    ...of(HEAP),
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    ...of(FDS),
    collect() {
      // Without the one that lists them.
      this.set(readdirSync(join(procRoot, 'self/fd')).length - 1);
    },
  });
  new Gauge(of(START)).set(performance.timeOrigin / 1e3);
  return registry;
}
