import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import type { LimitFlags } from './to-limits.js';

type DeviceInput = NonNullable<NonNullable<LimitsInput['io']>['devices']>[number];
type Rate = Exclude<keyof DeviceInput, 'device'>;

const FLAGS = [
  { flag: 'device-read-bps', rate: 'readBps', in: 'bytes' },
  { flag: 'device-write-bps', rate: 'writeBps', in: 'bytes' },
  { flag: 'device-read-iops', rate: 'readIops', in: 'number' },
  { flag: 'device-write-iops', rate: 'writeIops', in: 'number' },
  { flag: 'device-latency', rate: 'latency', in: 'duration' },
] as const satisfies { flag: keyof LimitFlags; rate: Rate; in: Unit }[];

type Unit = 'bytes' | 'number' | 'duration';

const FORMS: Readonly<Record<Unit, string>> = {
  bytes: `PATH:RATE, RATE ${SIZE_FORMS}`,
  number: 'PATH:RATE, RATE a whole number',
  duration: `PATH:DURATION, DURATION ${DURATION_FORMS}`,
};

/**
 * `--device-*-bps PATH:RATE` flags joined by path, in the order the paths came; undefined when none was given. The path may hold
 * colons (`8:0:1m` is device 8:0). Rate 0 or `max` is no limit, as Docker's.
 */
export function deviceLimits(flags: LimitFlags): DeviceInput[] | undefined {
  const devices = new Map<string, DeviceInput>();
  for (const { flag, rate, in: unit } of FLAGS) {
    for (const text of flags[flag]) {
      const colon = text.lastIndexOf(':');
      const value = colon < 1 ? undefined : readRate(text.slice(colon + 1), unit);
      if (value === undefined)
        throw new UsageError(`invalid argument ${JSON.stringify(text)} for "--${flag}" flag: want ${FORMS[unit]}`);
      const device = text.slice(0, colon);
      devices.set(device, { ...(devices.get(device) ?? { device }), [rate]: value });
    }
  }
  return devices.size === 0 ? undefined : [...devices.values()];
}

function readRate(text: string, unit: Unit): number | string | undefined {
  if (text === 'max' || text === '0') return 'max';
  if (unit === 'duration') return parseDurationUsec(text) === undefined ? undefined : text;
  return unit === 'bytes' ? parseSize(text) : /^\d+$/.test(text) ? Number(text) : undefined;
}
