import type { ContainerView } from '#agent/contract/container.js';
import type { LimitsView } from '#agent/contract/limits.js';
import { binarySize } from './human-size.js';
import { table } from './table.js';

const HEADER = ['NAME', 'LIMIT', 'VALUE', 'SET BY'];

/** The limits in force, one a row, with who set each. A container without limits has one row that says so. */
export function limitsTable(views: readonly ContainerView[]): string {
  const rows = views.flatMap(({ name, limits, limitSources }) => {
    const fields = limitFields(limits).map(({ field, source, value }) => [name, field, value, limitSources[source] ?? '']);
    return fields.length === 0 ? [[name, '(none)', '', '']] : fields;
  });
  return table(HEADER, rows);
}

interface Field {
  field: string;
  /** The key in limitSources. */
  source: string;
  value: string;
}

const SIZES = new Set(['max', 'high', 'low', 'min', 'swap']);

function limitFields(limits: LimitsView): Field[] {
  const found: Field[] = [];
  for (const [group, values] of Object.entries(limits)) {
    if (typeof values !== 'object') found.push({ field: group, source: group, value: String(values) });
    else
      for (const [key, value] of Object.entries(values as Record<string, unknown>)) {
        const source = `${group}.${key}`;
        if (key === 'devices') found.push(...deviceFields(value as Devices));
        else found.push({ field: source, source, value: isSize(group, key) ? size(value) : String(value) });
      }
  }
  return found;
}

type Devices = NonNullable<NonNullable<LimitsView['io']>['devices']>;

function deviceFields(devices: Devices): Field[] {
  return devices.flatMap(({ device, disk, ...rates }) =>
    Object.entries(rates).map(([rate, value]) => ({
      field: `io.${rate} ${device}${disk.name === undefined ? '' : ` (disk ${disk.name})`}`,
      source: `io.devices[${disk.number}].${rate}`,
      value: rate.endsWith('Bps') && typeof value === 'number' ? `${size(value)}/s` : String(value),
    })),
  );
}

function isSize(group: string, key: string): boolean {
  return group === 'hugetlb' || (group === 'memory' && SIZES.has(key));
}

function size(value: unknown): string {
  return typeof value === 'number' ? binarySize(value) : String(value);
}
