import type { ActCounts } from '#agent/governor/act/counts.js';
import { label } from '#agent/metrics/exposition.js';
import type { Blocks } from '#agent/metrics/metric.js';
import { nodeMetric, several } from './single.js';

const ACTIONS = nodeMetric('tsgov_action_total', 'counter', "Acts of policies' rules, by what came of them.", 'the governor', [
  'policy',
  'rule',
  'action',
  'result',
]);

export const RULE_METRICS = [ACTIONS];

/** What policies' rules did. */
export function* ruleBlocks(counts: ActCounts): Blocks {
  yield several(
    ACTIONS,
    [...counts.all()].map(({ labels: { policy, rule, action, result }, count }) => [
      [label('policy', policy), label('rule', rule), label('action', action), label('result', result)].join(','),
      count,
    ]),
  );
}
