import type { ContainerView } from '#agent/contract/container.js';
import { sizeText } from '#src/top/overview/size-text.js';

export interface LimitEntry {
  /** `memory.max`, `io.readBps vda` */
  readonly field: string;
  readonly value: string;
  /** `run`, `policy/NAME`, `override` …; empty: nobody of tsgov's. */
  readonly source: string;
}

/** The limits in force, one after the other, with who set each. Pure. */
export function limitEntriesOf({ limits, limitSources }: Pick<ContainerView, 'limits' | 'limitSources'>): LimitEntry[] {
  const entries: LimitEntry[] = [];
  for (const [group, values] of Object.entries(limits)) {
    if (typeof values !== 'object') {
      entries.push({ field: group, value: String(values), source: limitSources[group] ?? '' });
      continue;
    }
    for (const [key, value] of Object.entries(values as Record<string, unknown>)) {
      const field = `${group}.${key}`;
      if (key === 'devices') entries.push(...deviceEntries(value as Devices, limitSources));
      else entries.push({ field, value: valueText(group, key, value), source: limitSources[field] ?? '' });
    }
  }
  return entries;
}

type Devices = NonNullable<NonNullable<ContainerView['limits']['io']>['devices']>;

function deviceEntries(devices: Devices, sources: ContainerView['limitSources']): LimitEntry[] {
  return devices.flatMap(({ device, disk, ...rates }) =>
    Object.entries(rates).map(([rate, value]) => ({
      field: `io.${rate} ${disk.name ?? device}`,
      value: rate.endsWith('Bps') && typeof value === 'number' ? `${sizeText(value)}/s` : String(value),
      source: sources[`io.devices[${disk.number}].${rate}`] ?? '',
    })),
  );
}

const SIZES: ReadonlySet<string> = new Set(['max', 'high', 'low', 'min', 'swap']);

function valueText(group: string, key: string, value: unknown): string {
  const isSize = typeof value === 'number' && (group === 'hugetlb' || (group === 'memory' && SIZES.has(key)));
  return isSize ? sizeText(value) : String(value);
}
