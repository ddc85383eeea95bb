import { FAMILIES } from './families.js';
import type { Metric } from './metric.js';
import { AGENT_METRICS } from './writers/agent.js';
import { BPF_METRICS } from './writers/bpf.js';
import { DRIFT_METRICS } from './writers/drift.js';
import { JOURNAL_METRICS } from './writers/journal.js';
import { MACHINE_METRICS } from './writers/machine.js';
import { POLICY_METRICS } from './writers/policies.js';
import { RULE_METRICS } from './writers/rules.js';
import { SCRAPE_ERROR } from './writers/single.js';
import { TICK_METRICS } from './writers/ticks.js';
import { WRITE_METRICS } from './writers/writes.js';

/** Every metric there is, for documents and for whoever asks for them; docs/metrics.md is written from it. */
export const CATALOGUE: readonly { readonly title: string; readonly metrics: readonly Metric[] }[] = [
  { title: "Containers, under cAdvisor's names", metrics: FAMILIES.filter(({ name }) => name.startsWith('container_')) },
  { title: 'Containers, what only tsgov knows', metrics: FAMILIES.filter(({ name }) => !name.startsWith('container_')) },
  { title: 'What the kernel tells by BPF', metrics: BPF_METRICS },
  { title: 'Policies, rules and drift', metrics: [...POLICY_METRICS, ...RULE_METRICS, ...DRIFT_METRICS] },
  { title: 'The node', metrics: [SCRAPE_ERROR, ...MACHINE_METRICS] },
  { title: 'The agent itself', metrics: [...TICK_METRICS, ...WRITE_METRICS, ...JOURNAL_METRICS, ...AGENT_METRICS] },
];

/** Labels of every series of a container, beside the allowed labels of its own. */
export const CONTAINER_LABELS: readonly string[] = ['id', 'name', 'image'];
