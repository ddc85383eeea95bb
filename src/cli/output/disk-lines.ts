import type { LimitsView } from '#agent/contract/limits.js';
import { printable } from './printable.js';

/** One line for each disk with a rate that is not what was named itself: which disk it is, and how it was found. */
export function diskLines(name: string, limits: LimitsView): string {
  return (limits.io?.devices ?? [])
    .map(({ device, disk }) => {
      const found = disk.name ?? disk.number;
      if (device === disk.number || device === `/dev/${found}`) return '';
      const steps = (disk.via ?? []).filter((step) => step !== device && step !== found);
      const through = steps.length === 0 ? '' : `, through ${steps.join(', ')}`;
      return `tsgov: ${name}: ${printable(`${device} is on disk ${found} (${disk.number})${through}`)}\n`;
    })
    .join('');
}
