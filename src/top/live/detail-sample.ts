import type { StatsView } from '#agent/contract/container.js';
import type { DetailSample } from '#src/top/container/details.js';

/** What a container uses, from two samples of it, the earlier one for rates (absent: none yet). Pure. */
export function detailSample(before: StatsView | undefined, after: StatsView): DetailSample {
  const atMs = Date.parse(after.time);
  const seconds = before === undefined ? 0 : (atMs - Date.parse(before.time)) / 1000;
  const values: Record<string, number> = {};
  const set = (name: string, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) values[name] = value;
  };
  const rate = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined || seconds <= 0 || to < from ? undefined : (to - from) / seconds;
  const usedUsec = rate(before?.cpu.usageUsec, after.cpu.usageUsec);
  set('cpu.usage', usedUsec === undefined ? after.cpu.cores : usedUsec / 1e6);
  set('cpu.throttled', throttledPercent(before, after));
  set('memory.current', after.memory.currentBytes);
  set('memory.anon', after.memory.anonBytes);
  set('memory.file', after.memory.fileBytes);
  set('memory.swap.current', after.memory.swapBytes);
  set('pids.current', after.pids.current);
  set('io.read', rate(before?.io.readBytes, after.io.readBytes));
  set('io.write', rate(before?.io.writeBytes, after.io.writeBytes));
  set('network.receive', rate(before && trafficOf(before, 'receiveBytes'), trafficOf(after, 'receiveBytes')));
  set('network.transmit', rate(before && trafficOf(before, 'transmitBytes'), trafficOf(after, 'transmitBytes')));
  for (const [resource, kinds] of Object.entries(after.pressure ?? {}))
    for (const [kind, { avg10 }] of Object.entries(kinds)) set(`${resource}.${kind}.avg10`, avg10);
  return { atMs, values };
}

/** Undefined in the network of the node, whose traffic is not its own. */
function trafficOf({ network }: StatsView, direction: 'receiveBytes' | 'transmitBytes'): number | undefined {
  const own = network.filter(({ interface: name }) => name !== 'lo');
  return own.length === 0 ? undefined : own.reduce((sum, each) => sum + each[direction], 0);
}

function throttledPercent(before: StatsView | undefined, { cpu }: StatsView): number | undefined {
  const periods = (cpu.periods ?? 0) - (before?.cpu.periods ?? 0);
  if (before === undefined || cpu.throttledPeriods === undefined) return undefined;
  return periods <= 0 ? 0 : ((cpu.throttledPeriods - (before.cpu.throttledPeriods ?? 0)) * 100) / periods;
}
