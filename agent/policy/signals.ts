import { DURATION_FORMS, parseDurationUsec } from '#agent/contract/duration.js';
import { parseSize, SIZE_FORMS } from '#agent/contract/size.js';

export type SignalUnit = 'percent' | 'bytes' | 'count' | 'perSecond' | 'cores' | 'duration' | 'bytesPerSecond';

export interface Signal {
  unit: SignalUnit;
  /** Of the container, or of the whole node. */
  scope: 'container' | 'node';
  help: string;
}

const WINDOWS = ['avg10', 'avg60', 'avg300'] as const;

/** Pressure stall figures of a scope (Documentation/accounting/psi.rst). */
function pressure(scope: Signal['scope']): [string, Signal][] {
  const prefix = scope === 'node' ? 'node.' : '';
  return ['cpu', 'memory', 'io'].flatMap((resource) =>
    ['some', 'full'].flatMap((kind) =>
      WINDOWS.map((window): [string, Signal] => [
        `${prefix}${resource}.${kind}.${window}`,
        {
          unit: 'percent',
          scope,
          help: `Time in which ${kind === 'some' ? 'something' : 'everything'} waited for ${resource}, over ${window.slice(3)} s.`,
        },
      ]),
    ),
  );
}

function events(...names: string[]): [string, Signal][] {
  return names.map((name) => [
    `memory.events.${name}`,
    { unit: 'perSecond', scope: 'container', help: `\`${name}\` of memory.events.` },
  ]);
}

const one = (unit: SignalUnit, help: string, scope: Signal['scope'] = 'container'): Signal => ({ unit, scope, help });

/** Every signal a rule may look at; the closed vocabulary of `when.signal`. */
export const SIGNALS: Readonly<Record<string, Signal>> = Object.fromEntries<Signal>([
  ...pressure('container'),
  ...pressure('node'),
  ...events('low', 'high', 'max', 'oom', 'oom_kill', 'oom_group_kill'),
  ['memory.current', one('bytes', 'Memory in use.')],
  ['memory.anon', one('bytes', 'Anonymous memory.')],
  ['memory.file', one('bytes', 'Page cache.')],
  ['memory.usage', one('percent', 'Memory in use, of memory.max.')],
  ['memory.swap.current', one('bytes', 'Swap in use.')],
  ['memory.refaults', one('perSecond', 'Pages read back soon after they were reclaimed.')],
  ['memory.scans', one('perSecond', 'Pages that reclaim looked at.')],
  ['cpu.usage', one('cores', 'Cores in use.')],
  ['cpu.throttled', one('percent', 'Periods in which the quota ran out.')],
  ['cpu.latency.p99', one('duration', 'Wait for a CPU, 99th percentile (BPF).')],
  ['io.latency.p99', one('duration', 'Block I/O, 99th percentile (BPF).')],
  ['io.read', one('bytesPerSecond', 'Bytes read.')],
  ['io.write', one('bytesPerSecond', 'Bytes written.')],
  ['network.receive', one('bytesPerSecond', 'Bytes received over interfaces of its own, over ten seconds.')],
  ['network.transmit', one('bytesPerSecond', 'Bytes sent over interfaces of its own, over ten seconds.')],
  ['pids.current', one('count', 'Processes and threads.')],
  ['pids.usage', one('percent', 'Processes and threads, of pids.max.')],
  ['node.memory.available', one('percent', 'MemAvailable, of MemTotal.', 'node')],
  ['node.swap.free', one('percent', 'SwapFree, of SwapTotal.', 'node')],
]);

/** A bound of a signal in its own unit (percent, bytes, a count, cores, µs), or what it would have to be. */
export function parseBound(unit: SignalUnit, value: number | string): { value: number } | { valid: string } {
  const number = BOUNDS[unit].parse(value);
  return number === undefined ? { valid: BOUNDS[unit].valid } : { value: number };
}

/** What parseBound takes, in words. */
export function boundForms(unit: SignalUnit): string {
  return BOUNDS[unit].valid;
}

const BOUNDS: Readonly<Record<SignalUnit, { parse: (value: number | string) => number | undefined; valid: string }>> = {
  percent: { parse: percent, valid: 'a percentage from 0 to 100, such as 20 or 20%' },
  bytes: { parse: parseSize, valid: SIZE_FORMS },
  bytesPerSecond: { parse: parseSize, valid: SIZE_FORMS },
  count: { parse: amount, valid: 'a number from 0 on' },
  perSecond: { parse: amount, valid: 'a number a second, from 0 on' },
  cores: { parse: amount, valid: 'cores as a number from 0 on' },
  duration: { parse: parseDurationUsec, valid: DURATION_FORMS },
};

function percent(value: number | string): number | undefined {
  const number = typeof value === 'number' ? value : amount(value.trim().replace(/\s*%$/, ''));
  return number !== undefined && number >= 0 && number <= 100 ? number : undefined;
}

function amount(value: number | string): number | undefined {
  const number = typeof value === 'number' ? value : /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
