import type { ContainerUsage, UsageView } from '#agent/contract/usage.js';
import { figuresOf, nodePressure } from '#src/top/figures.js';
import type { Figures, NodeFigures, Row } from '#src/top/rows.js';

/** What two answers of `GET /v1/stats` say, the earlier one for rates (absent: none yet). Pure. */
export function liveRows(
  before: UsageView | undefined,
  after: UsageView,
): { atMs: number; tickMs: number; node: NodeFigures; rows: Row[] } {
  const atMs = Date.parse(after.time);
  const seconds = before === undefined ? 0 : (atMs - Date.parse(before.time)) / 1000;
  const earlier = new Map(before?.containers.map((each) => [each.id, each.network]));
  return {
    atMs,
    tickMs: after.tickTime === null ? atMs : Date.parse(after.tickTime),
    node: nodeOf(before, after),
    rows: after.containers
      .filter(isOfInterest)
      .map((each) => rowOf(each, networkRates(earlier.get(each.id), each.network, seconds))),
  };
}

/** A plain cgroup that nobody governs has no figures: a list of them hides the containers. */
function isOfInterest({ runtime, signals, policies }: ContainerUsage): boolean {
  return runtime !== 'other' || policies.length > 0 || Object.keys(signals).length > 0;
}

function rowOf(usage: ContainerUsage, network: Figures): Row {
  const { id, name, image, runtime, status, policies, drifts, restartCount } = usage;
  const figures = { ...figuresOf(usage.signals, usage.limits), ...network };
  return { id, name, image, runtime, status, policies, restarts: restartCount, drifts, figures };
}

function networkRates(before: ContainerUsage['network'], after: ContainerUsage['network'], seconds: number): Figures {
  if (before === undefined || after === undefined || seconds <= 0) return {};
  // A container that started anew counts from nothing.
  const rate = (from: number, to: number) => (to >= from ? to - from : to) / seconds;
  return {
    receiveBps: rate(before.receiveBytes, after.receiveBytes),
    transmitBps: rate(before.transmitBytes, after.transmitBytes),
  };
}

function nodeOf(before: UsageView | undefined, after: UsageView): NodeFigures {
  const { node } = after;
  const [one = 0, five = 0, fifteen = 0] = node.load;
  return {
    hostname: node.hostname,
    cpus: node.cpus.length,
    coresPercent: coresPercent(before?.node.cpus, node.cpus),
    ...(node.busyCores === undefined ? {} : { busyCores: node.busyCores }),
    memoryTotalBytes: node.memTotalBytes,
    ...(node.memAvailableBytes === undefined ? {} : { memoryUsedBytes: node.memTotalBytes - node.memAvailableBytes }),
    swapTotalBytes: node.swapTotalBytes,
    swapUsedBytes: node.swapTotalBytes - node.swapFreeBytes,
    ...nodePressure(node.signals),
    load: [one, five, fifteen],
  };
}

/** Busy share of each CPU between two answers; none when a CPU came or went meanwhile. */
export function coresPercent(before: UsageView['node']['cpus'] | undefined, after: UsageView['node']['cpus']): number[] {
  if (before?.length !== after.length) return [];
  return after.map((cpu, index) => {
    const earlier = before[index]!;
    const busy = Math.max(0, cpu.busyUsec - earlier.busyUsec);
    const all = busy + Math.max(0, cpu.idleUsec - earlier.idleUsec);
    return all === 0 ? 0 : (busy * 100) / all;
  });
}
