import type { HardwareView } from '#agent/contract/node.js';
import { fileText } from './feature.js';

/** The processors of `/proc/cpuinfo`, which every architecture writes in its own words. Source: proc_cpuinfo(5). */
export function readCpu(procRoot: string): HardwareView['cpu'] {
  const blocks = (fileText(`${procRoot}/cpuinfo`) ?? '')
    .split('\n\n')
    .map(keyValues)
    .filter((block) => block.has('processor'));
  const first = blocks[0] ?? new Map<string, string>();
  const distinct = (key: (block: ReadonlyMap<string, string>) => string | undefined): number =>
    new Set(blocks.map(key).filter((value) => value !== undefined)).size;
  const core = (block: ReadonlyMap<string, string>): string | undefined =>
    block.has('core id') ? `${block.get('physical id')}/${block.get('core id')}` : undefined;
  return {
    model: first.get('model name') ?? first.get('cpu') ?? null,
    vendor: first.get('vendor_id') ?? first.get('CPU implementer') ?? null,
    sockets: distinct((block) => block.get('physical id')) || null,
    cores: distinct(core) || null,
    threads: blocks.length,
  };
}

function keyValues(block: string): Map<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}
