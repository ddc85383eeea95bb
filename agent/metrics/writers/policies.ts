import { label } from '#agent/metrics/exposition.js';
import type { Blocks } from '#agent/metrics/metric.js';
import type { Subject } from '#agent/metrics/subjects/subject.js';
import { nodeMetric, several, single } from './single.js';

/** The policies there are. */
export interface PolicyFigures {
  all(): readonly { readonly name: string; readonly enforce: string }[];
  /** Files of policies that were refused. */
  refused(): readonly unknown[];
}

const INFO = nodeMetric(
  'tsgov_policy_info',
  'gauge',
  'A policy there is, and whether it is enforced; always 1.',
  'policies.d and the API',
  ['policy', 'enforce'],
);
const MATCHED = nodeMetric('tsgov_policy_containers', 'gauge', 'Containers that a policy matches.', 'policies in force', [
  'policy',
]);
const REFUSED = nodeMetric(
  'tsgov_policy_files_refused',
  'gauge',
  'Files of policies that are wrong and not in force.',
  'policies.d',
);

export const POLICY_METRICS = [INFO, MATCHED, REFUSED];

/** Policies, and how many containers each is of. */
export function* policyBlocks(policies: PolicyFigures, subjects: readonly Subject[]): Blocks {
  const all = policies.all();
  yield several(
    INFO,
    all.map(({ name, enforce }) => [`${label('policy', name)},${label('enforce', enforce)}`, 1]),
  );
  const matched = new Map(all.map(({ name }) => [name, 0]));
  for (const { container } of subjects)
    for (const policy of container?.policies ?? []) matched.set(policy, (matched.get(policy) ?? 0) + 1);
  yield several(
    MATCHED,
    [...matched].map(([policy, count]) => [label('policy', policy), count]),
  );
  yield single(REFUSED, policies.refused().length);
}
