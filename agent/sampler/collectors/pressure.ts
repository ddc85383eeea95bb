import type { CgroupSample, Pressure } from '#agent/model/sample.js';
import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';
import { parsePsi } from '#runtime/cgroup/psi.js';

const RESOURCES = { cpu: 'cpuPressure', memory: 'memoryPressure', io: 'ioPressure' } as const satisfies Record<
  string,
  keyof CgroupSample
>;

/** Pressure of the v2 cgroup, also of a hybrid host's twin; pure v1 has none. Source: accounting/psi.rst. */
export const pressureCollectors: CollectorsOf = (host) =>
  host.unified === undefined ? [] : (Object.keys(RESOURCES) as (keyof typeof RESOURCES)[]).map(collector);

function collector(resource: keyof typeof RESOURCES): Collector {
  const field = RESOURCES[resource];
  return {
    owner: 'unified',
    file: `${resource}.pressure`,
    pace: 'tick',
    signals: ['some', 'full'].flatMap((line) => ['avg10', 'avg60', 'avg300'].map((window) => `${resource}.${line}.${window}`)),
    parse: (bytes, into) => {
      into[field] = pressureOf(bytes);
    },
  };
}

/** A pressure file from bytes; undefined where PSI is off. */
export function pressureOf(bytes: Buffer): Pressure | undefined {
  const { some, full } = parsePsi(bytes);
  return some === undefined && full === undefined ? undefined : { some, full };
}
