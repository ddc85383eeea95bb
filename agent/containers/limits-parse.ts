import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { AgentError } from '#agent/contract/errors.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import type { IoDeviceLimits, Limits, OrMax } from '#runtime/cgroup/limits.js';
import { type WholeField, wholeWords } from '#runtime/cgroup/validate.js';

/** The whole disk behind a device node, MAJ:MIN or any path on it; throws DEVICE_UNKNOWN. */
export type ResolveDevice = (device: string, field: string) => Pick<IoDeviceLimits, 'major' | 'minor' | 'disk'>;

/**
 * Users' limits (policy file, create body, PATCH) as the runtime's. `prefix` is where they stand in the request (`limits` in a create
 * body), for errors: LIMIT_INVALID or DEVICE_UNKNOWN with the field. Checks form only; ranges are runtime/cgroup's.
 */
export function parseLimits(input: LimitsInput, prefix: string, resolveDevice: ResolveDevice): Limits {
  const at = (field: string): string => (prefix === '' ? field : `${prefix}.${field}`);
  const limits: Limits = {};
  const { cpu, cpuset, memory, io, pids, hugetlb, state } = input;
  if (cpu !== undefined) {
    limits.cpu = {
      ...set('maxCores', cpu.max, (value) => cores(value, at('cpu.max'))),
      ...set('periodUsec', cpu.period, (value) => durationUsec(value, at('cpu.period'))),
      ...set('burstUsec', cpu.burst, (value) => durationUsec(value, at('cpu.burst'))),
      ...set('weight', cpu.weight, (value) => whole(value, at('cpu.weight'), 'cpu.weight')),
      ...set('shares', cpu.shares, (value) => whole(value, at('cpu.shares'), 'cpu.shares')),
      ...set('idle', cpu.idle, (value) => value),
    };
  }
  if (cpuset !== undefined)
    limits.cpuset = {
      ...set('cpus', cpuset.cpus, trimmed),
      ...set('mems', cpuset.mems, trimmed),
      ...set('partition', cpuset.partition, (value) => value),
    };
  if (memory !== undefined) {
    limits.memory = {
      ...set('maxBytes', memory.max, (value) => size(value, at('memory.max'))),
      ...set('highBytes', memory.high, (value) => size(value, at('memory.high'))),
      ...set('lowBytes', memory.low, (value) => size(value, at('memory.low'))),
      ...set('minBytes', memory.min, (value) => size(value, at('memory.min'))),
      ...set('swapMaxBytes', memory.swap, (value) => size(value, at('memory.swap'))),
      ...set('oomGroup', memory.oomGroup, (value) => value),
    };
  }
  if (io !== undefined) {
    limits.io = {
      ...set('weight', io.weight, (value) => whole(value, at('io.weight'), 'io.weight')),
      ...set('blkioWeight', io.blkioWeight, (value) => whole(value, at('io.blkioWeight'), 'io.blkioWeight')),
      ...set('devices', io.devices, (value) => devices(value, at('io.devices'), resolveDevice)),
    };
  }
  if (pids?.max !== undefined) limits.pids = { max: count(pids.max, at('pids.max')) };
  if (hugetlb !== undefined)
    limits.hugetlb = Object.fromEntries(Object.entries(hugetlb).map(([page, value]) => hugePages(page, value, at('hugetlb'))));
  if (state !== undefined) limits.state = state;
  return limits;
}

type DeviceInput = NonNullable<NonNullable<LimitsInput['io']>['devices']>[number];

/** Resolves each device to its disk; two entries on one disk become one, unless they contradict each other. */
function devices(input: DeviceInput[], field: string, resolveDevice: ResolveDevice): IoDeviceLimits[] {
  const disks = new Map<string, IoDeviceLimits>();
  input.forEach((entry, index) => {
    const at = `${field}[${index}]`;
    const found = resolveDevice(entry.device, `${at}.device`);
    const rates = {
      ...set('readBytesPerSec', entry.readBps, (value) => size(value, `${at}.readBps`)),
      ...set('writeBytesPerSec', entry.writeBps, (value) => size(value, `${at}.writeBps`)),
      ...set('readIops', entry.readIops, (value) => count(value, `${at}.readIops`)),
      ...set('writeIops', entry.writeIops, (value) => count(value, `${at}.writeIops`)),
      ...set('latencyUsec', entry.latency, (value) => (value === 'max' ? value : durationUsec(value, `${at}.latency`))),
    };
    const key = `${found.major}:${found.minor}`;
    const known = disks.get(key);
    const twice = known && Object.keys(rates).find((name) => name in known);
    if (twice !== undefined)
      throw invalid(
        at,
        `${JSON.stringify(entry.device)} is the same disk (${key}) as ${JSON.stringify(known?.asked)}, and both set it`,
      );
    disks.set(key, { ...(known ?? { ...found, asked: entry.device }), ...rates });
  });
  return [...disks.values()];
}

function set<K extends string, I, O>(key: K, value: I | undefined, parse: (value: I) => O): { [P in K]?: O } {
  return value === undefined ? {} : ({ [key]: parse(value) } as { [P in K]?: O });
}

function trimmed(value: string): string {
  return value.trim();
}

function cores(value: number | string, field: string): OrMax {
  if (value === 'max') return 'max';
  const number = typeof value === 'number' ? value : decimal(value);
  if (!(number > 0) || !Number.isFinite(number))
    throw invalid(field, `${JSON.stringify(value)}: cores as a number above 0, or "max"`);
  return number;
}

function durationUsec(value: number | string, field: string): number {
  const usec = parseDurationUsec(value);
  if (usec === undefined) throw invalid(field, `${JSON.stringify(value)}: ${DURATION_FORMS}`);
  return usec;
}

function size(value: number | string, field: string): OrMax {
  if (value === 'max') return 'max';
  const bytes = parseSize(value);
  if (bytes === undefined) throw invalid(field, `${JSON.stringify(value)}: ${SIZE_FORMS}, or "max"`);
  return bytes;
}

function count(value: number | string, field: string): OrMax {
  if (value === 'max') return 'max';
  const number = typeof value === 'number' ? value : decimal(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw invalid(field, `${JSON.stringify(value)}: a whole number from 1 on, or "max"`);
  return number;
}

function whole(value: number, field: string, name: WholeField): number {
  if (!Number.isSafeInteger(value) || value < 0) throw invalid(field, `${JSON.stringify(value)}: ${wholeWords(name)}`);
  return value;
}

function hugePages(page: string, value: number | string, field: string): [string, OrMax] {
  if (!/^\d+(KB|MB|GB)$/.test(page))
    throw invalid(`${field}.${page}`, `${JSON.stringify(page)}: a huge page size such as 2MB or 1GB`);
  return [page, size(value, `${field}.${page}`)];
}

function decimal(text: string): number {
  return /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
}

function invalid(field: string, reason: string): AgentError {
  return new AgentError('LIMIT_INVALID', `${field} ${reason}`, { field });
}
