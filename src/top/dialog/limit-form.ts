import type { LimitsInput, LimitsView } from '#agent/contract/limits.js';

/** A limit of the form. */
export interface FormLimit {
  /** `memory.max` */
  readonly field: string;
  readonly hint: string;
  /** The API takes a number only. */
  readonly numeric?: true;
  readonly bytes?: true;
}

/** Limits that can be edited, in the order of the form. */
export const FORM_LIMITS: readonly FormLimit[] = [
  { field: 'cpu.max', hint: 'cores: 0.5, 2, or max' },
  { field: 'cpu.weight', hint: '1 to 10000; 100 is usual', numeric: true },
  { field: 'cpuset.cpus', hint: 'CPUs: 0-3,6; empty: as they are' },
  { field: 'memory.max', hint: 'bytes: 512m, 2GiB, or max', bytes: true },
  { field: 'memory.high', hint: 'slowed down above: 400m, or max', bytes: true },
  { field: 'memory.low', hint: 'protected below, as far as possible', bytes: true },
  { field: 'memory.swap', hint: 'swap: bytes, 0, or max', bytes: true },
  { field: 'io.weight', hint: '1 to 10000; 100 is usual', numeric: true },
  { field: 'pids.max', hint: 'processes and threads, or max' },
];

/** What a limit says in force, as the form shows it; empty: not set. */
export function formText({ field, bytes }: FormLimit, limits: LimitsView): string {
  const [group, name] = field.split('.') as [keyof LimitsView, string];
  const value = (limits[group] as Record<string, unknown> | undefined)?.[name];
  if (value === undefined) return '';
  return bytes === true && typeof value === 'number' ? exactSize(value) : String(value);
}

/** The limits that were changed, as PATCH takes them; or the first that cannot be meant. */
export function changedLimits(
  fields: readonly { field: string; before: string; text: string }[],
): { limits: LimitsInput } | { field: string; message: string } {
  const limits: Record<string, Record<string, string | number>> = {};
  for (const { field, before, text } of fields) {
    const value = text.trim();
    if (value === before) continue;
    const form = FORM_LIMITS.find((each) => each.field === field)!;
    if (value === '') return { field, message: 'cannot be taken away by an empty value; write max for no limit' };
    if (form.numeric === true && !/^\d+$/.test(value))
      return { field, message: `must be a whole number, not ${JSON.stringify(value)}` };
    const [group = '', name = ''] = field.split('.');
    limits[group] = { ...limits[group], [name]: form.numeric === true ? Number(value) : value };
  }
  return { limits: limits as LimitsInput };
}

const UNITS = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** Bytes in the largest unit that says them exactly. */
export function exactSize(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes !== 0 && bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0]}`;
}
