import type { WhyFactor, WhyOther } from '#agent/contract/why.js';
import { stalledPercent } from '#agent/model/signals.js';
import { factor, type RunFacts, rise, round, setBy, type WhyFacts, type WhyRule } from './facts.js';

const LEAST_SHARE_PERCENT = 1;
/** Pressure that comes of anything running at all beside it. */
const LEAST_CONTENTION_PERCENT = 5;
/** Using this much of what it may, more of it is what it lacks. */
const NEARLY_ALL = 0.9;
const NAMED = 3;
const LEAST_NAMED_CORES = 0.02;

/** Its own quota, its neighbours, its weight and its CPUs. */
export const cpu: WhyRule = (facts, run) => {
  const throttled = quotaShare(facts, run);
  const waiting = stalledPercent(run.before.cpuPressure?.some, run.after.cpuPressure?.some, facts.windowMs);
  // A throttled task counts as one that waits for a CPU.
  const contention = waiting === undefined ? undefined : Math.max(0, waiting - throttled);
  return [
    ...(throttled >= LEAST_SHARE_PERCENT ? [quota(facts, run, throttled)] : []),
    ...(contention !== undefined && contention >= LEAST_CONTENTION_PERCENT ? contended(facts, run, contention) : []),
  ];
};

/** Time in which the quota kept it off the CPUs, of the window. Several CPUs throttled at once count once. */
function quotaShare({ windowMs }: WhyFacts, { before, after, snapshot }: RunFacts): number {
  const usec = rise(before.throttledUsec, after.throttledUsec);
  const periodsPercent = snapshot.signals['cpu.throttled'];
  if (usec === undefined || usec === 0) return 0;
  return Math.min(100, usec / (windowMs * 10), periodsPercent ?? 100);
}

function quota(facts: WhyFacts, { snapshot, limits }: RunFacts, share: number): WhyFactor {
  const max = limits['cpu.max'];
  const [periods, used] = [round(snapshot.signals['cpu.throttled'] ?? 0), round(snapshot.signals['cpu.usage'] ?? 0, 2)];
  return factor({
    kind: 'cpu-quota',
    sharePercent: round(share),
    summary: `its own CPU quota of ${max ?? '?'} cores ran out in ${periods} % of the periods`,
    figures: { throttledPeriodsPercent: periods, coresUsed: used, ...(typeof max === 'number' ? { maxCores: max } : {}) },
    field: 'cpu.max',
    setBy: setBy(facts, 'cpu.max'),
    advice: 'raise cpu.max (limit --cpus), or let it burst (--cpu-burst) if it is short peaks',
  });
}

/** It waits for CPUs that somebody uses: itself, for want of CPUs; or others on the same ones. */
function contended(facts: WhyFacts, run: RunFacts, share: number): WhyFactor[] {
  const own = run.snapshot.signals['cpu.usage'] ?? 0;
  const allowed = run.cpus.length;
  const waitUsec = run.snapshot.signals['cpu.latency.p99'];
  const figures = {
    coresUsed: round(own, 2),
    cpus: allowed,
    ...(waitUsec === undefined ? {} : { cpuWaitP99Ms: round(waitUsec / 1000, 1) }),
  };
  if (own >= NEARLY_ALL * allowed) {
    const narrowed = allowed < facts.node.after.cpus;
    return [
      factor({
        kind: narrowed ? 'cpu-set' : 'cpu-node',
        sharePercent: round(share),
        summary: narrowed
          ? `it may use only CPU ${run.cpus.join(',')} and uses ${figures.coresUsed} of ${allowed} cores`
          : `it uses ${figures.coresUsed} of the node's ${allowed} cores: there are no more`,
        figures,
        field: narrowed ? 'cpuset.cpus' : null,
        setBy: narrowed ? setBy(facts, 'cpuset.cpus') : null,
        advice: narrowed ? 'widen cpuset.cpus (limit --cpuset-cpus)' : 'it needs a node with more CPUs, or fewer threads',
      }),
    ];
  }
  const others = consumers(facts, run, own);
  const neighbour = factor({
    kind: 'cpu-neighbour',
    sharePercent: round(share),
    summary: `others use the CPUs it waits for${others[0] === undefined ? '' : `, ${others[0].name || 'processes in no container'} most`}`,
    figures: { ...figures, ...(facts.node.busyCores === undefined ? {} : { nodeBusyCores: round(facts.node.busyCores, 2) }) },
    ...(allowed < facts.node.after.cpus ? { field: 'cpuset.cpus', setBy: setBy(facts, 'cpuset.cpus') } : {}),
    others,
    advice: 'limit the neighbour (cpu.max), give this one more weight (cpu.weight), or part them by cpuset.cpus',
  });
  return [neighbour, ...lightWeight(facts, run, share)];
}

/** Beside others it gets less than they do because it was told to. */
function lightWeight(facts: WhyFacts, { limits }: RunFacts, share: number): WhyFactor[] {
  const [idle, weight] = [limits['cpu.idle'] === true, limits['cpu.weight']];
  if (!idle && !(typeof weight === 'number' && weight < DEFAULT_WEIGHT)) return [];
  const field = idle
    ? 'cpu.idle'
    : facts.sources['cpu.weight'] === undefined && facts.sources['cpu.shares'] !== undefined
      ? 'cpu.shares'
      : 'cpu.weight';
  return [
    factor({
      kind: 'cpu-weight',
      sharePercent: round(share),
      summary: idle
        ? 'it runs only when nobody else wants the CPU (cpu.idle)'
        : `its weight is ${weight}, less than the usual ${DEFAULT_WEIGHT}`,
      figures: typeof weight === 'number' ? { weight } : {},
      field,
      setBy: setBy(facts, field),
      advice: idle ? 'take cpu.idle away' : 'raise cpu.weight',
    }),
  ];
}

const DEFAULT_WEIGHT = 100;

/** Who used most of the CPUs that it may run on, processes outside of containers as one. */
function consumers(facts: WhyFacts, run: RunFacts, own: number): WhyOther[] {
  const mine = new Set(run.cpus);
  const using = facts.others.map(({ id, name, snapshot, cpus }) => ({
    id,
    name,
    cores: snapshot.signals['cpu.usage'] ?? 0,
    beside: cpus.some((cpu) => mine.has(cpu)),
    within: cpus.every((cpu) => mine.has(cpu)),
  }));
  const inContainers = own + using.reduce((sum, { cores }) => sum + cores, 0);
  // Of what runs outside of containers on all CPUs, at most what is left of these.
  const left = mine.size - own - using.reduce((sum, { cores, within }) => sum + (within ? cores : 0), 0);
  const outsideCores = Math.max(0, Math.min(left, (facts.node.busyCores ?? 0) - inContainers));
  const outside = { id: '', name: '', cores: outsideCores, beside: true };
  return [...using, outside]
    .filter(({ beside, cores }) => beside && cores >= LEAST_NAMED_CORES)
    .toSorted((a, b) => b.cores - a.cores)
    .slice(0, NAMED)
    .map(({ id, name, cores }) => ({ id, name, figure: `${round(cores, 2)} cores` }));
}
