import { BytesIEC, PercentUnit, Seconds, Short } from '@grafana/grafana-foundation-sdk/units';
import { AGENT_STARTS } from './annotations.js';
import type { Board } from './board.js';
import { figure, graph, heatmap, table } from './panels.js';
import { NONE } from './steps.js';

const NODES = 'instance=~"$instance"';
const RATE = '[$__rate_interval]';

/** What the agent itself costs, and whether it keeps up. */
export const AGENT: Board = {
  name: 'agent',
  title: 'tsgov / Agent',
  description: 'What the agent itself costs and whether it keeps up: ticks, event loop, memory, BPF programs, journal.',
  variables: [{ name: 'instance' }],
  annotations: [AGENT_STARTS],
  rows: [
    {
      title: 'Now',
      panels: [
        table({
          title: 'Agents',
          description: 'Every agent with its version, and how long it has been running.',
          width: 8,
          height: 5,
          labels: { instance: 'Node', version: 'Version' },
          columns: [
            {
              expr: `(time() - tsgov_agent_start_time_seconds{${NODES}}) * on (instance) group_left (version) tsgov_agent_build_info{${NODES}}`,
              legend: 'Runs for',
              unit: Seconds,
            },
          ],
        }),
        figure({
          title: 'Ticks late, last hour',
          description: 'Ticks that began more than half a period late, or were left out, in the last hour.',
          unit: Short,
          width: 4,
          height: 5,
          steps: NONE,
          queries: [{ expr: `sum by (instance) (increase(tsgov_agent_ticks_late_total{${NODES}}[1h]))`, legend: '{{instance}}' }],
        }),
        figure({
          title: 'Containers unreadable',
          description: '1: at the last scrape a container could not be read. Which: the agent’s log.',
          unit: Short,
          width: 4,
          height: 5,
          steps: NONE,
          queries: [{ expr: `container_scrape_error{${NODES}}`, legend: '{{instance}}' }],
        }),
        figure({
          title: 'Journal fails',
          description: '1: journal or history cannot be written now, most often because the disk is full.',
          unit: Short,
          width: 4,
          height: 5,
          steps: NONE,
          queries: [{ expr: `tsgov_journal_failing{${NODES}}`, legend: '{{instance}}' }],
        }),
        figure({
          title: 'BPF collectors off',
          description: 'Collectors whose BPF programs do not run. Why: tsgov doctor.',
          unit: Short,
          width: 4,
          height: 5,
          steps: NONE,
          queries: [{ expr: `sum by (instance) (1 - tsgov_bpf_collector_up{${NODES}})`, legend: '{{instance}}' }],
        }),
      ],
    },
    {
      title: 'Ticks',
      panels: [
        heatmap({
          title: 'How long ticks take',
          description: 'Each tick reads every container and decides. It should take far less than its period (1 s).',
          unit: Seconds,
          width: 12,
          queries: [{ expr: `sum by (le) (increase(tsgov_agent_tick_seconds_bucket{${NODES}}${RATE}))`, legend: '{{le}}' }],
        }),
        graph({
          title: 'Ticks, p99 and mean',
          description: '99 % of the ticks took at most this long; and the mean.',
          unit: Seconds,
          width: 12,
          queries: [
            {
              expr: `histogram_quantile(0.99, sum by (le, instance) (rate(tsgov_agent_tick_seconds_bucket{${NODES}}${RATE})))`,
              legend: '{{instance}} p99',
            },
            {
              expr: `rate(tsgov_agent_tick_seconds_sum{${NODES}}${RATE}) / (rate(tsgov_agent_tick_seconds_count{${NODES}}${RATE}) > 0)`,
              legend: '{{instance}} mean',
            },
          ],
        }),
      ],
    },
    {
      title: 'What it costs',
      panels: [
        graph({
          title: 'CPU of the agent',
          description: 'Share of one CPU, by mode, and how busy its event loop is: near 100 % it answers late.',
          unit: PercentUnit,
          width: 8,
          queries: [
            { expr: `rate(tsgov_agent_cpu_seconds_total{${NODES}}${RATE})`, legend: '{{instance}} {{mode}}' },
            { expr: `rate(tsgov_agent_event_loop_busy_seconds_total{${NODES}}${RATE})`, legend: '{{instance}} event loop busy' },
          ],
        }),
        graph({
          title: 'Memory of the agent',
          description: 'Resident memory, and JavaScript heap in use.',
          unit: BytesIEC,
          width: 8,
          queries: [
            { expr: `tsgov_agent_resident_memory_bytes{${NODES}}`, legend: '{{instance}} resident' },
            { expr: `tsgov_agent_heap_bytes{${NODES}}`, legend: '{{instance}} heap' },
          ],
        }),
        graph({
          title: 'Open files',
          description: 'File descriptors of the agent, and those of them that the sampler holds on cgroups.',
          unit: Short,
          width: 8,
          queries: [
            { expr: `tsgov_agent_open_fds{${NODES}}`, legend: '{{instance}} all' },
            { expr: `tsgov_agent_files_held{${NODES}}`, legend: '{{instance}} sampler' },
          ],
        }),
      ],
    },
    {
      title: 'BPF programs',
      panels: [
        graph({
          title: 'CPU of BPF programs',
          description: 'Share of one CPU that each program takes in the kernel, on all CPUs together.',
          unit: PercentUnit,
          width: 8,
          queries: [{ expr: `rate(tsgov_bpf_program_run_seconds_total{${NODES}}${RATE})`, legend: '{{instance}} {{program}}' }],
        }),
        graph({
          title: 'Time of one run',
          description: 'Mean time of one run of each program.',
          unit: Seconds,
          width: 8,
          queries: [
            {
              expr: `rate(tsgov_bpf_program_run_seconds_total{${NODES}}${RATE}) / (rate(tsgov_bpf_program_runs_total{${NODES}}${RATE}) > 0)`,
              legend: '{{instance}} {{program}}',
            },
          ],
        }),
        graph({
          title: 'Events dropped',
          description: 'Events a second that programs saw and could not count or tell, by object and reason.',
          unit: Short,
          width: 8,
          queries: [
            {
              expr: `sum by (instance, object, reason) (rate(tsgov_bpf_dropped_total{${NODES}}${RATE}))`,
              legend: '{{instance}} {{object}} {{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Journal and history',
      panels: [
        graph({
          title: 'Written',
          description: 'Acts and deaths the journal took, and samples history took, a second.',
          unit: Short,
          width: 12,
          queries: [
            { expr: `rate(tsgov_journal_rows_total{${NODES}}${RATE})`, legend: '{{instance}} journal' },
            { expr: `rate(tsgov_history_samples_total{${NODES}}${RATE})`, legend: '{{instance}} history' },
          ],
        }),
        graph({
          title: 'Lost',
          description: 'Rows and samples lost because the disk took none, a second. Anything above zero is a hole in the record.',
          unit: Short,
          width: 12,
          queries: [
            { expr: `rate(tsgov_journal_lost_rows_total{${NODES}}${RATE})`, legend: '{{instance}} journal' },
            { expr: `rate(tsgov_history_lost_samples_total{${NODES}}${RATE})`, legend: '{{instance}} history' },
          ],
        }),
      ],
    },
  ],
};
