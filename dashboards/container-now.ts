import { Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { figure, type PanelMaker } from './panels.js';
import { NONE } from './steps.js';

/** The state of one container in figures; `selector` is what its series have in braces. */
export function containerNow(selector: string): PanelMaker[] {
  return [
    figure({
      title: 'State',
      description: 'The state it is in.',
      unit: Short,
      width: 4,
      queries: [{ expr: `tsgov_container_state{${selector}} == 1`, legend: '{{state}}' }],
    }),
    figure({
      title: 'Runs for',
      description: 'Time since it started.',
      unit: Seconds,
      width: 4,
      queries: [{ expr: `time() - container_start_time_seconds{${selector}}`, legend: '{{name}}' }],
    }),
    figure({
      title: 'Restarts',
      description: 'Times its restart policy started it again.',
      unit: Short,
      width: 4,
      steps: [
        [null, 'green'],
        [1, 'yellow'],
        [5, 'red'],
      ],
      queries: [{ expr: `tsgov_container_restarts_total{${selector}}`, legend: '{{name}}' }],
    }),
    figure({
      title: 'OOM kills',
      description: 'Processes the kernel killed in it for want of memory.',
      unit: Short,
      width: 4,
      steps: NONE,
      queries: [{ expr: `container_oom_events_total{${selector}}`, legend: '{{name}}' }],
    }),
    figure({
      title: 'Last exit code',
      description: 'Of its last run in the time shown; 128+n is signal n. Empty while the first run goes on.',
      unit: Short,
      width: 4,
      steps: NONE,
      // It has none while it runs again.
      queries: [{ expr: `last_over_time(tsgov_container_exit_code{${selector}}[$__range])`, legend: '{{name}}' }],
    }),
    figure({
      title: 'Drift',
      description: 'Limits that somebody else had changed, and that were put back.',
      unit: Short,
      width: 4,
      steps: [
        [null, 'green'],
        [1, 'yellow'],
      ],
      queries: [{ expr: `sum(tsgov_drift_total{${selector}}) or vector(0)`, legend: 'drift' }],
    }),
  ];
}
