import type { ActCounts } from '#agent/governor/act/counts.js';
import { familyHead, label, seriesLine } from './exposition.js';

/** What policies' rules did, as text. */
export function ruleText(counts: ActCounts): string {
  let text = familyHead('tsgov_rule_actions_total', 'counter', "Acts of policies' rules, by what came of them.");
  for (const { labels, count } of counts.all()) {
    const { policy, rule, action, result } = labels;
    const series = [label('policy', policy), label('rule', rule), label('action', action), label('result', result)].join(',');
    text += seriesLine('tsgov_rule_actions_total', series, count);
  }
  return text;
}
