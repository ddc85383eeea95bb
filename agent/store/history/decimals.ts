import { SIGNALS, type SignalUnit } from '#agent/policy/signals.js';
import { signalOf } from './extremes.js';

const BY_UNIT: Readonly<Record<SignalUnit, number>> = {
  percent: 2,
  cores: 3,
  perSecond: 1,
  bytes: 0,
  bytesPerSecond: 0,
  count: 0,
  duration: 0,
};

/** How many decimals of a figure are kept: as many as the kernel has, or a rate is good for. */
export function decimalsOf(name: string): number {
  if (name === '@busyCores') return BY_UNIT.cores;
  const signal = SIGNALS[signalOf(name)];
  return signal === undefined ? 0 : BY_UNIT[signal.unit];
}
