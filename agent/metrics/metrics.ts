import type { BpfFigures } from '#agent/bpf/bpf-figures.js';
import type { DeathInput } from '#agent/contract/journal.js';
import type { MetricsBackend, Profile } from '#agent/contract/metrics.js';
import type { ActCounts } from '#agent/governor/act/counts.js';
import type { NodeFacts } from '#agent/node/host-facts.js';
import type { WriteCounts } from '#runtime/cgroup/write-counts.js';
import { OPENMETRICS, TEXT } from './exposition.js';
import { FAMILIES } from './families.js';
import type { Blocks } from './metric.js';
import { paced } from './paced.js';
import { familyBlocks, written } from './render.js';
import { SubjectCollector, type SubjectSources } from './subjects/collect.js';
import type { Subject } from './subjects/subject.js';
import type { AgentFigures } from './writers/agent.js';
import { bpfBlocks } from './writers/bpf.js';
import { type DriftSource, driftBlocks } from './writers/drift.js';
import { type JournalFigures, journalBlocks } from './writers/journal.js';
import { machineBlocks } from './writers/machine.js';
import { type PolicyFigures, policyBlocks } from './writers/policies.js';
import { ruleBlocks } from './writers/rules.js';
import { SCRAPE_ERROR, single } from './writers/single.js';
import { type TickSource, tickBlocks } from './writers/ticks.js';
import { writeBlocks } from './writers/writes.js';

export interface MetricsOptions extends SubjectSources {
  version: string;
  node: Pick<NodeFacts, 'cpus' | 'memoryBytes' | 'swapBytes'>;
  /** The governor's tick; absent: none runs. */
  ticks?: TickSource;
  /** What BPF programs count; absent: none is loaded. */
  bpf?: BpfFigures;
  /** What rules did; absent: there are none. */
  rules?: ActCounts;
  /** The policies there are; absent: none can be. */
  policies?: PolicyFigures;
  /** What others changed of limits; absent: nobody looks. */
  drift?: DriftSource;
  /** Writes to cgroups' files; absent: nobody counts. */
  writes?: WriteCounts | undefined;
  /** How the journal does; absent: there is none. */
  kept?: JournalFigures;
}

export interface Metrics extends MetricsBackend {
  /** A run of a container ended. */
  noteDeath(death: DeathInput): void;
}

/** What /metrics answers: containers, machine, agent. prom-client, which only the agent's own figures need, is loaded at the first scrape. */
export function createMetrics(options: MetricsOptions): Metrics {
  const subjects = new SubjectCollector(options);
  let agent: Promise<AgentFigures> | undefined;
  let under: { detailed: boolean; collecting: Promise<Subject[]> } | undefined;

  /** Scrapes at the same time share what is read. */
  const collect = (detailed: boolean): Promise<Subject[]> => {
    if (under !== undefined && (under.detailed || !detailed)) return under.collecting;
    const collecting = subjects.collect(detailed).finally(() => {
      if (under?.collecting === collecting) under = undefined;
    });
    under = { detailed, collecting };
    return collecting;
  };
  return {
    noteDeath: (death) => subjects.noteDeath(death),
    scrape: async ({ profile, format: asked }) => {
      agent ??= import('./writers/agent.js').then(({ agentFigures }) => agentFigures(options.version, options.procRoot));
      const own = await (await agent).blocks();
      const collected = await collect(profile === 'full');
      const format = asked === 'openmetrics' ? OPENMETRICS : TEXT;
      const blocks = allBlocks(options, collected, subjects.failures, profile, own);
      return { contentType: format.contentType, chunks: paced(written(blocks, format), options) };
    },
  };
}

function* allBlocks(
  options: MetricsOptions,
  subjects: readonly Subject[],
  failures: number,
  profile: Profile,
  own: Blocks,
): Blocks {
  const { bpf, drift, ticks, rules, policies, kept, writes } = options;
  yield* familyBlocks(FAMILIES, subjects, profile);
  yield single(SCRAPE_ERROR, Number(failures > 0 || subjects.some(({ failed }) => failed)));
  if (bpf !== undefined) yield* bpfBlocks(bpf, subjects);
  if (drift !== undefined) yield* driftBlocks(drift, subjects);
  yield* machineBlocks(options.node);
  if (ticks !== undefined) yield* tickBlocks(ticks);
  if (writes !== undefined) yield* writeBlocks(writes);
  if (rules !== undefined) yield* ruleBlocks(rules);
  if (policies !== undefined) yield* policyBlocks(policies, subjects);
  if (kept !== undefined) yield* journalBlocks(kept);
  yield* own;
}
