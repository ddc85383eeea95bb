import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';
import { parseNumber } from '#runtime/cgroup/interface-file.js';

/**
 * CPU time and throttling: v2's cpu.stat has both (the time in every v2 cgroup, controller or not); v1 has the time in cpuacct, where a
 * foreign runtime's processes are counted even if they are not in the v2 twin. Sources: cgroup-v2.rst, cgroup-v1/cpuacct.rst.
 */
export const cpuCollectors: CollectorsOf = (host) => [
  ...(host.carriers.cpuacct?.version === 1 ? [cpuacctUsage()] : host.unified === undefined ? [] : [v2Stat()]),
  ...(carrierVersion(host, 'cpu') === 'v1' ? [v1Stat()] : []),
];

function cpuacctUsage(): Collector {
  return {
    owner: 'cpuacct',
    file: 'cpuacct.usage',
    pace: 'tick',
    pulse: true,
    signals: ['cpu.usage'],
    parse: (bytes, start, end, into) => {
      into.cpuUsec = parseNumber(bytes, start, end) / NSEC_PER_USEC;
    },
  };
}

function v2Stat(): Collector {
  const keyed = new FlatKeyed([
    'usage_usec',
    'user_usec',
    'system_usec',
    'nr_periods',
    'nr_throttled',
    'throttled_usec',
    'nr_bursts',
    'burst_usec',
  ]);
  const values = new Float64Array(keyed.keys.length);
  return {
    owner: 'unified',
    file: 'cpu.stat',
    pace: 'tick',
    pulse: true,
    signals: ['cpu.usage', 'cpu.throttled'],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into.cpuUsec = known(values[0]);
      into.userUsec = known(values[1]);
      into.systemUsec = known(values[2]);
      into.periods = known(values[3]);
      into.throttledPeriods = known(values[4]);
      into.throttledUsec = known(values[5]);
      into.bursts = known(values[6]);
      into.burstUsec = known(values[7]);
    },
  };
}

function v1Stat(): Collector {
  const keyed = new FlatKeyed(['nr_periods', 'nr_throttled', 'throttled_time', 'nr_bursts', 'burst_time']);
  const values = new Float64Array(keyed.keys.length);
  return {
    owner: 'cpu',
    file: 'cpu.stat',
    pace: 'busy',
    signals: ['cpu.throttled'],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into.periods = known(values[0]);
      into.throttledPeriods = known(values[1]);
      into.throttledUsec = usec(known(values[2]));
      into.bursts = known(values[3]);
      into.burstUsec = usec(known(values[4]));
    },
  };
}

const NSEC_PER_USEC = 1000;

function usec(nsec: number | undefined): number | undefined {
  return nsec === undefined ? undefined : nsec / NSEC_PER_USEC;
}

function known(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
