import type { Annotation } from './board.js';

/** Processes the kernel killed for want of memory. */
export const OOM: Annotation = {
  name: 'OOM kills',
  color: 'red',
  expr: 'increase(container_oom_events_total{instance=~"$instance",name=~"$name",name!=""}[1m]) > 0',
  title: 'OOM kill in {{name}}',
  text: 'The kernel killed for want of memory: tsgov deaths --container {{name}}',
};

export const RESTARTS: Annotation = {
  name: 'Restarts',
  color: 'orange',
  expr: 'increase(tsgov_container_restarts_total{instance=~"$instance",name=~"$name"}[1m]) > 0',
  title: '{{name}} restarted',
  text: 'By its restart policy: tsgov deaths --container {{name}}',
};

export const DRIFT: Annotation = {
  name: 'Drift',
  color: 'purple',
  expr: 'sum by (instance, name, field) (increase(tsgov_drift_total{instance=~"$instance",name=~"$name"}[1m])) > 0',
  title: '{{field}} of {{name}} changed by somebody else',
  text: 'Who wrote: tsgov drift {{name}}',
};

/** Rules' acts have no container label: which one it was is in the journal. */
export const ACTIONS: Annotation = {
  name: 'Acts of rules',
  color: 'blue',
  expr: 'increase(tsgov_action_total{instance=~"$instance"}[1m]) > 0',
  title: '{{action}} by {{policy}}/{{rule}}: {{result}}',
  text: 'On which container, and why: tsgov journal --policy {{policy}} --no-trunc',
};

export const AGENT_STARTS: Annotation = {
  name: 'Starts of the agent',
  color: 'yellow',
  expr: 'changes(tsgov_agent_start_time_seconds{instance=~"$instance"}[1m]) > 0',
  title: 'The agent of {{instance}} started',
  text: 'Containers go on while it is gone.',
};
