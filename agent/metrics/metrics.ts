import type { BpfFigures } from '#agent/bpf/bpf-figures.js';
import type { ActCounts } from '#agent/governor/act/counts.js';
import type { NodeFacts } from '#agent/node/host-facts.js';
import { bpfText } from './bpf-metrics.js';
import { type DriftSource, driftText } from './drift-metrics.js';
import { CONTENT_TYPE, familyHead, seriesLine } from './exposition.js';
import { FAMILIES } from './families.js';
import { type JournalFigures, journalText } from './journal-metrics.js';
import { renderFamilies } from './render.js';
import { ruleText } from './rule-metrics.js';
import { type SubjectSources, subjectCollector } from './subjects.js';
import { type TickSource, tickText } from './tick-metrics.js';

export interface MetricsOptions extends SubjectSources {
  version: string;
  node: Pick<NodeFacts, 'cpus' | 'memoryBytes' | 'swapBytes'>;
  /** The governor's tick; absent: none runs. */
  ticks?: TickSource;
  /** What BPF programs count; absent: none is loaded. */
  bpf?: BpfFigures;
  /** What rules did; absent: there are none. */
  rules?: ActCounts;
  /** What others changed of limits; absent: nobody looks. */
  drift?: DriftSource;
  /** How the journal does; absent: there is none. */
  kept?: JournalFigures;
}

export interface Metrics {
  readonly contentType: string;
  /** The whole of /metrics. */
  render(): Promise<string>;
}

/** What /metrics answers: containers, machine, agent. prom-client, which only the agent's own figures need, is loaded at the first scrape. */
export function createMetrics(options: MetricsOptions): Metrics {
  const subjects = subjectCollector(options);
  const machine = machineText(options.node);
  let agent: Promise<{ metrics(): Promise<string> }> | undefined;
  return {
    contentType: CONTENT_TYPE,
    render: async () => {
      agent ??= import('./agent-metrics.js').then(({ agentRegistry }) => agentRegistry(options.version, options.procRoot));
      const own = await (await agent).metrics();
      const collected = subjects.collect();
      const failed = collected.some((subject) => subject.failed);
      return `${renderFamilies(FAMILIES, collected)}${gauge('container_scrape_error', '1: a container could not be read.', Number(failed))}${options.bpf === undefined ? '' : bpfText(options.bpf, collected)}${options.drift === undefined ? '' : driftText(options.drift, collected)}${machine}${options.ticks === undefined ? '' : tickText(options.ticks)}${options.rules === undefined ? '' : ruleText(options.rules)}${options.kept === undefined ? '' : journalText(options.kept)}${own.trimEnd()}\n`;
    },
  };
}

function machineText(node: MetricsOptions['node']): string {
  return [
    gauge('machine_cpu_cores', 'Logical CPUs of the node.', node.cpus),
    gauge('machine_memory_bytes', 'Memory of the node.', node.memoryBytes),
    gauge('machine_swap_bytes', 'Swap of the node.', node.swapBytes),
  ].join('');
}

function gauge(name: string, help: string, value: number): string {
  return familyHead(name, 'gauge', help) + seriesLine(name, '', value);
}
