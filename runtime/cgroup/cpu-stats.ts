import type { InterfaceFiles } from './controller.js';
import { FlatKeyed } from './flat-keyed.js';
import { parseNumber } from './interface-file.js';
import type { CpuStats } from './stats.js';

/**
 * CPU time and throttling. v2's cpu.stat has all; it has the times in every v2 cgroup, controller or not, so a hybrid host's twin serves
 * too; pure v1 has them in cpuacct (ns), and its throttling in cpu.stat (ns). Sources: cgroup-v2.rst, cgroup-v1/cpuacct.rst.
 */
export class CpuStatsReader {
  readonly #v2 = new FlatKeyed([
    'usage_usec',
    'user_usec',
    'system_usec',
    'nr_periods',
    'nr_throttled',
    'throttled_usec',
    'nr_bursts',
    'burst_usec',
  ]);
  readonly #v1 = new FlatKeyed(['nr_periods', 'nr_throttled', 'throttled_time', 'nr_bursts', 'burst_time']);

  read(files: InterfaceFiles, version: 'v1' | 'v2' | undefined): CpuStats {
    const times = this.#times(files, version);
    if (version !== 'v1') return times;
    const stat = files.read('cpu', 'cpu.stat');
    if (stat === undefined) return times;
    const own = this.#v1.record(stat);
    return {
      ...times,
      periods: own.nr_periods,
      throttledPeriods: own.nr_throttled,
      throttledUsec: usec(own.throttled_time),
      bursts: own.nr_bursts,
      burstUsec: usec(own.burst_time),
    };
  }

  /** The v2 twin first: a process may have been put only into v1's cgroups (by others' runtimes), then cpuacct is what counts. */
  #times(files: InterfaceFiles, version: 'v1' | 'v2' | undefined): CpuStats {
    const user = nsecFile(files, 'cpuacct.usage_user');
    const system = nsecFile(files, 'cpuacct.usage_sys');
    const usage = nsecFile(files, 'cpuacct.usage');
    if (usage !== undefined) return { ...NOTHING, usageUsec: usage, userUsec: user, systemUsec: system };
    const stat = files.read(version === 'v2' ? 'cpu' : 'unified', 'cpu.stat') ?? files.read('unified', 'cpu.stat');
    if (stat === undefined) return NOTHING;
    const own = this.#v2.record(stat);
    return {
      usageUsec: own.usage_usec,
      userUsec: own.user_usec,
      systemUsec: own.system_usec,
      periods: own.nr_periods,
      throttledPeriods: own.nr_throttled,
      throttledUsec: own.throttled_usec,
      bursts: own.nr_bursts,
      burstUsec: own.burst_usec,
    };
  }
}

const NOTHING: CpuStats = {
  usageUsec: undefined,
  userUsec: undefined,
  systemUsec: undefined,
  periods: undefined,
  throttledPeriods: undefined,
  throttledUsec: undefined,
  bursts: undefined,
  burstUsec: undefined,
};

function nsecFile(files: InterfaceFiles, file: string): number | undefined {
  const buffer = files.read('cpuacct', file);
  return buffer === undefined ? undefined : usec(parseNumber(buffer));
}

function usec(nsec: number | undefined): number | undefined {
  return nsec === undefined ? undefined : Math.floor(nsec / 1000);
}
