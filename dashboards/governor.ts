import { PercentUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { ACTIONS, AGENT_STARTS, DRIFT } from './annotations.js';
import type { Board } from './board.js';
import { figure, graph, heatmap, table } from './panels.js';
import { NONE } from './steps.js';

const NODES = 'instance=~"$instance"';
const THESE = 'instance=~"$instance",name=~"$name"';
const POLICY = 'instance=~"$instance",policy=~"$policy"';
const RATE = '[$__rate_interval]';

/** What the governor does: policies, acts of rules, drift and wars. */
export const GOVERNOR: Board = {
  name: 'governor',
  title: 'tsgov / Governor',
  description:
    'Which policies hold where, what rules did and with what result, who changes limits behind its back, and what it cannot do.',
  variables: [{ name: 'instance' }, { name: 'runtime' }, { name: 'policy' }, { name: 'name' }],
  annotations: [ACTIONS, DRIFT, AGENT_STARTS],
  rows: [
    {
      title: 'Now',
      panels: [
        figure({
          title: 'Containers under a policy',
          description: 'Containers that at least one of the chosen policies matches.',
          unit: Short,
          width: 5,
          queries: [
            {
              expr: `count(count by (instance, id) (tsgov_container_policy{${POLICY},name=~"$name"})) or vector(0)`,
              legend: 'governed',
            },
          ],
        }),
        figure({
          title: 'Acts of rules, last hour',
          description: 'What rules did in the last hour, observed ones and refused ones too.',
          unit: Short,
          width: 5,
          queries: [{ expr: `sum(increase(tsgov_action_total{${POLICY}}[1h])) or vector(0)`, legend: 'acts' }],
        }),
        figure({
          title: 'Limits put back, last hour',
          description: 'Limits that somebody else changed in the last hour.',
          unit: Short,
          width: 5,
          steps: [
            [null, 'green'],
            [1, 'yellow'],
          ],
          queries: [{ expr: `sum(increase(tsgov_drift_total{${THESE}}[1h])) or vector(0)`, legend: 'drift' }],
        }),
        figure({
          title: 'Tugs of war',
          description: 'Limits that somebody else keeps changing, so that they are put back only now and then. Who: tsgov drift.',
          unit: Short,
          width: 5,
          steps: NONE,
          queries: [{ expr: `sum(tsgov_container_condition{${THESE},type="DriftWar"}) or vector(0)`, legend: 'wars' }],
        }),
        figure({
          title: 'Writes are watched',
          description: '1: the kernel tells of every write to a limit (fanotify). 0: limits are only compared every few seconds.',
          unit: Short,
          width: 4,
          steps: [
            [null, 'red'],
            [1, 'green'],
          ],
          queries: [{ expr: `min(tsgov_drift_watching{${NODES}})`, legend: 'watching' }],
        }),
      ],
    },
    {
      title: 'Rules',
      panels: [
        graph({
          title: 'Acts of rules by kind',
          description: 'What rules did a minute, by act. Why each was done: tsgov journal --policy NAME --no-trunc.',
          unit: Short,
          width: 12,
          stacked: true,
          queries: [{ expr: `sum by (action) (rate(tsgov_action_total{${POLICY}}${RATE})) * 60`, legend: '{{action}}' }],
        }),
        graph({
          title: 'Acts of rules by result',
          description: 'Done, observed (the policy only observes), refused (somebody stronger set it) or failed, a minute.',
          unit: Short,
          width: 12,
          stacked: true,
          queries: [{ expr: `sum by (result) (rate(tsgov_action_total{${POLICY}}${RATE})) * 60`, legend: '{{result}}' }],
        }),
        table({
          title: 'Rules that acted',
          description: 'Acts since the agent started, by policy, rule, act and result, and those of the time range shown.',
          width: 14,
          labels: { instance: 'Node', policy: 'Policy', rule: 'Rule', action: 'Act', result: 'Result' },
          columns: [
            {
              expr: `sum by (instance, policy, rule, action, result) (tsgov_action_total{${POLICY}})`,
              legend: 'Since start',
              unit: Short,
            },
            {
              expr: `sum by (instance, policy, rule, action, result) (increase(tsgov_action_total{${POLICY}}[$__range]))`,
              legend: 'In this range',
              unit: Short,
            },
          ],
        }),
        table({
          title: 'Policies',
          description: 'How many containers each policy matches now.',
          width: 10,
          labels: { instance: 'Node', policy: 'Policy' },
          columns: [
            { expr: `count by (instance, policy) (tsgov_container_policy{${POLICY}})`, legend: 'Containers', unit: Short },
          ],
        }),
      ],
    },
    {
      title: 'Drift',
      panels: [
        graph({
          title: 'Limits changed by somebody else',
          description: 'A minute, by limit and by how it was noticed (fanotify: at the write; scan: at the next look).',
          unit: Short,
          width: 12,
          stacked: true,
          queries: [
            { expr: `sum by (field, cause) (rate(tsgov_drift_total{${THESE}}${RATE})) * 60`, legend: '{{field}} ({{cause}})' },
          ],
        }),
        heatmap({
          title: 'Time until it was put back',
          description: 'From the notice of a changed limit until the kernel had it again.',
          unit: Seconds,
          width: 12,
          queries: [{ expr: `sum by (le) (increase(tsgov_drift_repair_seconds_bucket{${NODES}}${RATE}))`, legend: '{{le}}' }],
        }),
        table({
          title: 'Whose limits are changed',
          description: 'Drift since the agent started, by container and limit. Who wrote: tsgov drift NAME.',
          width: 12,
          labels: { instance: 'Node', name: 'Container', field: 'Limit', cause: 'Noticed by' },
          columns: [
            { expr: `sum by (instance, name, field, cause) (tsgov_drift_total{${THESE}})`, legend: 'Times', unit: Short },
          ],
        }),
        graph({
          title: 'Events lost',
          description: 'Times the kernel had more writes to tell than it keeps; then every limit was compared at once.',
          unit: Short,
          width: 12,
          queries: [{ expr: `increase(tsgov_drift_events_lost_total{${NODES}}${RATE})`, legend: '{{instance}}' }],
        }),
      ],
    },
    {
      title: 'What it could not do, and why',
      panels: [
        table({
          title: 'Conditions',
          description:
            'Limits that this host cannot carry or the kernel refused, policies that only observe, wars: by container, type and reason. The message of each: tsgov inspect.',
          width: 14,
          labels: { instance: 'Node', name: 'Container', type: 'Condition', reason: 'Reason' },
          columns: [
            { expr: `sum by (instance, name, type, reason) (tsgov_container_condition{${THESE}})`, legend: 'Count', unit: Short },
          ],
        }),
        graph({
          title: 'Frozen',
          description: 'Part of the containers shown that a freezer holds.',
          unit: PercentUnit,
          width: 10,
          height: 10,
          max: 1,
          queries: [{ expr: `avg by (instance) (tsgov_container_state{${THESE},state="frozen"})`, legend: '{{instance}}' }],
        }),
      ],
    },
  ],
};
