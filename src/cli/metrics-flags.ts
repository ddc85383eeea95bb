import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import { UsageError } from './flags/usage-error.js';

/** What the agent's /metrics tells. */
export const METRICS_FLAGS = {
  'metrics-label-allow': {
    type: 'list',
    value: 'list',
    help: 'Labels of containers that become labels of metrics, by globs, with commas or given again (docs/metrics.md); also TSGOV_METRICS_LABEL_ALLOW',
  },
  'metrics-grace': {
    type: 'duration',
    value: 'duration',
    help: 'How long metrics of containers that are gone stay; also TSGOV_METRICS_GRACE',
    default: '5m',
  },
} as const satisfies FlagTable;

/** What flags, or else the environment, say; what they do not say is the agent's to choose. Throws UsageError. */
export function metricsOf(
  flags: FlagValues<typeof METRICS_FLAGS>,
  env: NodeJS.ProcessEnv,
): { labelAllow: string[]; graceMs: number | undefined } {
  const given = flags['metrics-label-allow'];
  const lists = given.length > 0 ? given : [env.TSGOV_METRICS_LABEL_ALLOW ?? ''];
  const labelAllow = lists.flatMap((list) => list.split(',')).flatMap((glob) => (glob.trim() === '' ? [] : [glob.trim()]));
  const graceUsec = flags['metrics-grace'] ?? graceOf(env.TSGOV_METRICS_GRACE);
  return { labelAllow, graceMs: graceUsec === undefined ? undefined : graceUsec / 1000 };
}

function graceOf(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const usec = parseDurationUsec(text);
  if (usec === undefined) throw new UsageError(`TSGOV_METRICS_GRACE: ${JSON.stringify(text)}: ${DURATION_FORMS}`);
  return usec;
}
