import type { LimitsInput } from '#agent/contract/limits.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';
import { UsageError } from '#src/cli/flags/usage-error.js';
import type { LimitFlags } from './to-limits.js';

type DeviceInput = NonNullable<NonNullable<LimitsInput['io']>['devices']>[number];
type Rate = Exclude<keyof DeviceInput, 'device'>;

const FLAGS = [
  { flag: 'device-read-bps', rate: 'readBps', bytes: true },
  { flag: 'device-write-bps', rate: 'writeBps', bytes: true },
  { flag: 'device-read-iops', rate: 'readIops', bytes: false },
  { flag: 'device-write-iops', rate: 'writeIops', bytes: false },
] as const satisfies { flag: keyof LimitFlags; rate: Rate; bytes: boolean }[];

/**
 * `--device-*-bps PATH:RATE` flags joined by path, in the order the paths came; undefined when none was given. The path may hold
 * colons (`8:0:1m` is device 8:0). Rate 0 or `max` is no limit, as Docker's.
 */
export function deviceLimits(flags: LimitFlags): DeviceInput[] | undefined {
  const devices = new Map<string, DeviceInput>();
  for (const { flag, rate, bytes } of FLAGS) {
    for (const text of flags[flag]) {
      const colon = text.lastIndexOf(':');
      const value = colon < 1 ? undefined : readRate(text.slice(colon + 1), bytes);
      if (value === undefined)
        throw new UsageError(
          `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: want PATH:RATE, RATE ${bytes ? SIZE_FORMS : 'a whole number'}`,
        );
      const device = text.slice(0, colon);
      devices.set(device, { ...(devices.get(device) ?? { device }), [rate]: value });
    }
  }
  return devices.size === 0 ? undefined : [...devices.values()];
}

function readRate(text: string, bytes: boolean): number | 'max' | undefined {
  if (text === 'max' || text === '0') return 'max';
  return bytes ? parseSize(text) : /^\d+$/.test(text) ? Number(text) : undefined;
}
