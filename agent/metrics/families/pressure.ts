import { RESOURCES } from '#agent/metrics/figures.js';
import { counter, type Family, seconds } from './family.js';

export const PRESSURE: readonly Family[] = RESOURCES.flatMap((resource) => {
  const source = (line: string) => ({
    v2: `${resource}.pressure ${line} total`,
    v1: `${resource}.pressure of its cgroup in the v2 tree, on hybrid hosts`,
  });
  return [
    counter(
      `container_pressure_${resource}_waiting_seconds_total`,
      `Time some task waited for ${resource}.`,
      source('some'),
      (s) => seconds(s.figures?.pressure[resource].someUsec),
    ),
    counter(
      `container_pressure_${resource}_stalled_seconds_total`,
      `Time every task waited for ${resource}.`,
      source('full'),
      (s) => seconds(s.figures?.pressure[resource].fullUsec),
    ),
  ];
});
