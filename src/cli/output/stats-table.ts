import type { StatsView } from '#agent/contract/container.js';
import { idColumn } from './command-text.js';
import { binarySize, decimalSize } from './human-size.js';
import { table } from './table.js';

const HEADER = ['CONTAINER ID', 'NAME', 'CPU %', 'MEM USAGE / LIMIT', 'MEM %', 'NET I/O', 'BLOCK I/O', 'PIDS'];

/** Docker's stats table. CPU is in percent of one core; memory without its limit is shown against the host's. */
export function statsTable(stats: readonly StatsView[], how: { truncate: boolean; memoryBytes: number }): string {
  return table(
    HEADER,
    stats.map((each) => row(each, how)),
  );
}

function row(stats: StatsView, how: { truncate: boolean; memoryBytes: number }): string[] {
  const { cpu, memory, pids, io } = stats;
  const used = memory.workingSetBytes ?? memory.currentBytes;
  const limit = Math.min(memory.maxBytes ?? how.memoryBytes, how.memoryBytes);
  const outside = stats.network.filter((each) => each.interface !== 'lo');
  const sum = (key: 'receiveBytes' | 'transmitBytes') => outside.reduce((total, each) => total + each[key], 0);
  return [
    idColumn(stats.id, how.truncate),
    stats.name,
    cpu.cores === undefined ? '--' : `${(cpu.cores * 100).toFixed(2)}%`,
    `${binarySize(used)} / ${binarySize(limit)}`,
    limit > 0 ? `${((used / limit) * 100).toFixed(2)}%` : '--',
    `${decimalSize(sum('receiveBytes'))} / ${decimalSize(sum('transmitBytes'))}`,
    `${decimalSize(io.readBytes)} / ${decimalSize(io.writeBytes)}`,
    pids.current === undefined ? '--' : String(pids.current),
  ];
}
