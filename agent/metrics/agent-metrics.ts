import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';

/** The agent's own figures, `tsgov_agent_*`, read when asked. */
export function agentRegistry(version: string, procRoot: string): Registry {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({ name: 'tsgov_agent_build_info', help: '1; the version is a label.', labelNames: ['version'], registers }).set(
    { version },
    1,
  );
  new Counter({
    name: 'tsgov_agent_cpu_seconds_total',
    help: 'CPU time of the agent.',
    labelNames: ['mode'],
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc({ mode: 'user' }, user / 1e6);
      this.inc({ mode: 'system' }, system / 1e6);
    },
  });
  new Counter({
    name: 'tsgov_agent_event_loop_busy_seconds_total',
    help: 'Time the event loop of the agent was at work rather than waiting.',
    registers,
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1e3);
    },
  });
  new Gauge({
    name: 'tsgov_agent_resident_memory_bytes',
    help: 'Resident memory of the agent.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'tsgov_agent_heap_bytes',
    help: 'JavaScript heap in use by the agent.',
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    name: 'tsgov_agent_open_fds',
    help: 'Open file descriptors of the agent.',
    registers,
    collect() {
      // Without the one that lists them.
      this.set(readdirSync(join(procRoot, 'self/fd')).length - 1);
    },
  });
  new Gauge({ name: 'tsgov_agent_start_time_seconds', help: 'Start of the agent since the epoch.', registers }).set(
    performance.timeOrigin / 1e3,
  );
  return registry;
}
