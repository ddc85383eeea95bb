import type { Blocks } from '#agent/metrics/metric.js';
import type { NodeFacts } from '#agent/node/host-facts.js';
import { nodeMetric, single } from './single.js';

const CORES = nodeMetric('machine_cpu_cores', 'gauge', 'Logical CPUs of the node.', '/proc/cpuinfo');
const MEMORY = nodeMetric('machine_memory_bytes', 'gauge', 'Memory of the node.', '/proc/meminfo MemTotal');
const SWAP = nodeMetric('machine_swap_bytes', 'gauge', 'Swap of the node.', '/proc/meminfo SwapTotal');

/** What the node has. */
export function* machineBlocks(node: Pick<NodeFacts, 'cpus' | 'memoryBytes' | 'swapBytes'>): Blocks {
  yield single(CORES, node.cpus);
  yield single(MEMORY, node.memoryBytes);
  yield single(SWAP, node.swapBytes);
}

export const MACHINE_METRICS = [CORES, MEMORY, SWAP];
