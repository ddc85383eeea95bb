import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';
import { parseNumber } from '#runtime/cgroup/interface-file.js';

/** Tasks, and forks that were refused; the files are the same on both versions. Source: cgroup-v2.rst "PID Interface Files". */
export const pidsCollectors: CollectorsOf = (host) => (host.carriers.pids === undefined ? [] : [current(), refused()]);

function current(): Collector {
  return {
    owner: 'pids',
    file: 'pids.current',
    pace: 'busy',
    signals: ['pids.current', 'pids.usage'],
    parse: (bytes, start, end, into) => {
      into.pids = parseNumber(bytes, start, end);
    },
  };
}

function refused(): Collector {
  const keyed = new FlatKeyed(['max']);
  const values = new Float64Array(1);
  return {
    owner: 'pids',
    file: 'pids.events',
    pace: 'asked',
    signals: [],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into.pidsRefused = Number.isNaN(values[0]) ? undefined : values[0];
    },
  };
}
