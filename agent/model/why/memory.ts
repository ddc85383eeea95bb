import type { WhyFactor } from '#agent/contract/why.js';
import { stalledPercent } from '#agent/model/signals.js';
import { bytesText, factor, type RunFacts, rise, round, setBy, type WhyFacts, type WhyRule } from './facts.js';

const LEAST_SHARE_PERCENT = 1;
/** So near its limit, waiting for memory is the limit's doing. */
const NEAR_LIMIT = 0.95;
const NAMED = 3;

/** OOM kills, memory.high, memory.max, and want of memory on the node. */
export const memory: WhyRule = (facts, run) => {
  const stalled = stalledPercent(run.before.memoryPressure?.some, run.after.memoryPressure?.some, facts.windowMs);
  const [high, max] = [atHigh(facts, run, stalled), atMax(facts, run, stalled)];
  const own = [...high, ...max];
  return [...killed(facts, run), ...own, ...(own.length === 0 ? ofNode(facts, run, stalled) : [])];
};

function killed(facts: WhyFacts, { before, after, limits }: RunFacts): WhyFactor[] {
  const kills = rise(before.oomKills, after.oomKills) ?? 0;
  if (kills === 0) return [];
  return [
    factor({
      kind: 'oom',
      summary: `the kernel killed ${kills} of its processes for want of memory`,
      figures: { kills },
      field: 'memory.max',
      setBy: limits['memory.max'] === undefined || limits['memory.max'] === 'max' ? null : setBy(facts, 'memory.max'),
      advice: 'give it more memory (limit --memory), or find what uses it',
    }),
  ];
}

function atHigh(facts: WhyFacts, run: RunFacts, stalled: number | undefined): WhyFactor[] {
  const { limits, before, after } = run;
  const high = limits['memory.high'];
  const events = rise(before.highEvents, after.highEvents) ?? 0;
  if (typeof high !== 'number' || events === 0) return [];
  return [
    factor({
      kind: 'memory-high',
      sharePercent: share(stalled),
      summary: `it is over memory.high (${bytesText(high)}) and is slowed down until it is below`,
      figures: { highBytes: high, highEvents: events, ...figures(run) },
      field: 'memory.high',
      setBy: setBy(facts, 'memory.high'),
      advice: 'raise memory.high (limit --memory-high), or let it use less',
    }),
  ];
}

function atMax(facts: WhyFacts, run: RunFacts, stalled: number | undefined): WhyFactor[] {
  const { limits, before, after } = run;
  const max = limits['memory.max'];
  if (typeof max !== 'number') return [];
  const hits = rise(before.maxEvents, after.maxEvents) ?? 0;
  const near = (after.memoryBytes ?? 0) >= NEAR_LIMIT * max;
  // A page cache that fills the limit is as it should be, as long as nothing waits for it.
  const felt = (stalled ?? 0) >= LEAST_SHARE_PERCENT || refaultsOf(run) > 0;
  if (hits === 0 && !(near && felt)) return [];
  const refaults = refaultsOf(run);
  return [
    factor({
      kind: 'memory-max',
      sharePercent: share(stalled),
      summary: `it is at its memory limit of ${bytesText(max)}${refaults > 0 ? ' and reads back what was just taken from it' : ''}`,
      figures: { maxBytes: max, limitHits: hits, ...figures(run) },
      field: 'memory.max',
      setBy: setBy(facts, 'memory.max'),
      advice: 'raise memory.max (limit --memory), or let it use less',
    }),
  ];
}

/** It waits for memory though it is not at a limit of its own: the node, or a cgroup above, is short. */
function ofNode(facts: WhyFacts, run: RunFacts, stalled: number | undefined): WhyFactor[] {
  if (stalled === undefined || stalled < LEAST_SHARE_PERCENT) return [];
  const available = facts.node.memoryAvailablePercent;
  const others = facts.others
    .toSorted((a, b) => (b.after.memoryBytes ?? 0) - (a.after.memoryBytes ?? 0))
    .slice(0, NAMED)
    .map(({ id, name, after }) => ({ id, name, figure: bytesText(after.memoryBytes ?? 0) }));
  return [
    factor({
      kind: 'memory-node',
      sharePercent: round(stalled),
      summary: `it waits for memory that is not its own limit's: ${available === undefined ? '' : `${round(available)} % of the node's memory is available, `}or a cgroup above it is at its limit`,
      figures: { ...figures(run), ...(available === undefined ? {} : { nodeAvailablePercent: round(available) }) },
      others,
      advice: 'limit who uses most, or protect this one (memory.low)',
    }),
  ];
}

function figures(run: RunFacts): Record<string, number> {
  const refaults = refaultsOf(run);
  return {
    ...(run.after.memoryBytes === undefined ? {} : { currentBytes: run.after.memoryBytes }),
    ...(refaults > 0 ? { refaultsPerSec: round(refaults) } : {}),
  };
}

function refaultsOf({ snapshot }: RunFacts): number {
  return snapshot.signals['memory.refaults'] ?? 0;
}

function share(stalled: number | undefined): number | null {
  return stalled === undefined ? null : round(stalled);
}
