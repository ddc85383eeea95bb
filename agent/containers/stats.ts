import type { StatsView } from '#agent/contract/container.js';
import { AgentError } from '#agent/contract/errors.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { Psi } from '#runtime/cgroup/psi.js';
import type { CgroupStats } from '#runtime/cgroup/stats.js';
import { rfc3339 } from './clock.js';
import type { NodeContext } from './context.js';
import { effectiveLimits } from './effective-limits.js';
import type { Governed } from './governed.js';
import { ioView } from './io-view.js';
import { networkStats } from './network-stats.js';
import { noticeOomKills } from './oom-kills.js';
import { present } from './present.js';
import { requireCgroup } from './state.js';

const READ = 'read the statistics of';

/** One sample of a running container; also where OOM kills inside one that goes on are noticed. Throws STATE_CONFLICT. */
export function containerStats(context: NodeContext, container: Governed): StatsView {
  const sample = sampleOf(context, container, requireCgroup(container, READ));
  if (sample === undefined) throw new AgentError('STATE_CONFLICT', `cannot ${READ} ${container.name}: its cgroup is gone`);
  noticeOomKills(context, container, sample.memory.oomKills ?? 0);
  return sample;
}

/** What a container's cgroup says now, whether or not something runs in it; undefined: it is gone. */
export function sampleOf(context: NodeContext, container: Governed, cgroup: CgroupSet): StatsView | undefined {
  const stats = context.stats.read(cgroup);
  if (stats === undefined) return undefined;
  const { memory, pids } = stats;
  const { usageUsec = 0 } = stats.cpu;
  const { pid } = container;
  return {
    id: container.id,
    name: container.name,
    time: rfc3339(context.clock.nowMs()),
    cpu: present({
      usageUsec,
      userUsec: stats.cpu.userUsec,
      systemUsec: stats.cpu.systemUsec,
      periods: stats.cpu.periods,
      throttledPeriods: stats.cpu.throttledPeriods,
      throttledUsec: stats.cpu.throttledUsec,
      cores: context.rates.cores(container.id) ?? coresSince(container, usageUsec, context.clock.monotonicMs()),
    }),
    memory: present({
      currentBytes: memory.currentBytes ?? 0,
      peakBytes: memory.peakBytes,
      workingSetBytes: memory.workingSetBytes,
      anonBytes: memory.anonBytes,
      fileBytes: memory.fileBytes,
      swapBytes: memory.swapBytes,
      maxBytes: maxBytes(container),
      oomKills: memory.oomKills,
      failCount: memory.maxEvents,
    }),
    pids: present({ current: pids.current, max: pids.max === 'max' ? undefined : pids.max }),
    io: ioView(stats.io.map(({ major, minor, ...counters }) => ({ device: `${major}:${minor}`, ...counters }))),
    network: pid === undefined ? [] : networkStats(context.procRoot, pid),
    ...pressureView(stats),
  };
}

/** Where no tick saw it yet: cores used on average since the previous sample; undefined in the first. */
function coresSince(container: Governed, usageUsec: number, atMs: number): number | undefined {
  const last = container.lastSample;
  // Two readers at once must not divide by next to nothing.
  if (last !== undefined && atMs - last.atMs < 1) return undefined;
  container.lastSample = { usageUsec, atMs };
  return last === undefined ? undefined : Math.max(0, usageUsec - last.usageUsec) / ((atMs - last.atMs) * 1000);
}

function maxBytes(container: Governed): number | undefined {
  const max = effectiveLimits(container).limits.memory?.maxBytes;
  return max === 'max' ? undefined : max;
}

function pressureView({ pressure }: CgroupStats): Pick<StatsView, 'pressure'> {
  const lines = Object.entries(pressure).map(
    ([name, psi]: [string, Psi]) => [name, present({ some: psi.some, full: psi.full })] as const,
  );
  return lines.length === 0 ? {} : { pressure: Object.fromEntries(lines) as NonNullable<StatsView['pressure']> };
}
