import type { Signals } from '#agent/contract/snapshot.js';
import { percentOf } from './rate.js';
import type { NodeSample } from './sample.js';

/** The `node.…` signals of one sample. Pure. */
export function nodeSignals(node: NodeSample): Signals {
  const signals: Signals = {};
  for (const [resource, pressure] of [
    ['cpu', node.cpuPressure],
    ['memory', node.memoryPressure],
    ['io', node.ioPressure],
  ] as const)
    for (const kind of ['some', 'full'] as const) {
      const line = pressure?.[kind];
      if (line === undefined) continue;
      signals[`node.${resource}.${kind}.avg10`] = line.avg10;
      signals[`node.${resource}.${kind}.avg60`] = line.avg60;
      signals[`node.${resource}.${kind}.avg300`] = line.avg300;
    }
  const available = percentOf(node.memAvailableBytes, node.memTotalBytes);
  const swapFree = percentOf(node.swapFreeBytes, node.swapTotalBytes);
  if (available !== undefined) signals['node.memory.available'] = available;
  if (swapFree !== undefined) signals['node.swap.free'] = swapFree;
  return signals;
}
