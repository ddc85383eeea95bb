import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { carrierVersion } from '#runtime/cgroup/cgroup-host.js';
import { FlatKeyed } from '#runtime/cgroup/flat-keyed.js';

const LETTER_F = 70;

/** Whether it stands still: v1's freezer.state, v2's cgroup.events; a hybrid host has both freezers. */
export const freezerCollectors: CollectorsOf = (host) => {
  const version = carrierVersion(host, 'freezer');
  if (version === 'v1') return [v1(), ...(host.unified === undefined ? [] : [v2('frozenTwin', 'slow')])];
  return host.unified === undefined ? [] : [v2('frozen', 'tick')];
};

/** `FROZEN` and `FREEZING`, against `THAWED`. */
function v1(): Collector {
  return {
    owner: 'freezer',
    file: 'freezer.state',
    pace: 'tick',
    signals: [],
    parse: (bytes, start, end, into) => {
      into.frozen = end > start && bytes[start] === LETTER_F;
    },
  };
}

function v2(field: 'frozen' | 'frozenTwin', pace: Collector['pace']): Collector {
  const keyed = new FlatKeyed(['frozen']);
  const values = new Float64Array(1);
  return {
    owner: 'unified',
    file: 'cgroup.events',
    pace,
    signals: [],
    parse: (bytes, start, end, into) => {
      keyed.parse(bytes, values, start, end);
      into[field] = values[0] === 1;
    },
  };
}
