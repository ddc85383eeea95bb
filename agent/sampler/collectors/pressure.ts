import type { CgroupSample, Pressure, PressureLine } from '#agent/model/sample.js';
import type { Collector, CollectorsOf } from '#agent/sampler/collector.js';

const RESOURCES = { cpu: 'cpuPressure', memory: 'memoryPressure', io: 'ioPressure' } as const satisfies Record<
  string,
  keyof CgroupSample
>;

/** Pressure of the v2 cgroup, also of a hybrid host's twin; pure v1 has none. Source: accounting/psi.rst. */
export const pressureCollectors: CollectorsOf = (host) =>
  host.unified === undefined ? [] : (Object.keys(RESOURCES) as (keyof typeof RESOURCES)[]).map(collector);

function collector(resource: keyof typeof RESOURCES): Collector {
  const field = RESOURCES[resource];
  return {
    owner: 'unified',
    file: `${resource}.pressure`,
    pace: 'busy',
    signals: ['some', 'full'].flatMap((line) => ['avg10', 'avg60', 'avg300'].map((window) => `${resource}.${line}.${window}`)),
    // The objects of two samples ago serve again: there are some thousands of them a tick.
    parse: (bytes, start, end, into) => {
      const pressure = into[field] ?? { some: undefined, full: undefined };
      into[field] = parsePressure(bytes, start, end, pressure) ? pressure : undefined;
    },
    absent: (into) => {
      into[field] = undefined;
    },
  };
}

/** A pressure file from bytes; undefined where PSI is off. */
export function pressureOf(bytes: Buffer): Pressure | undefined {
  const pressure: Pressure = { some: undefined, full: undefined };
  return parsePressure(bytes, 0, bytes.length, pressure) ? pressure : undefined;
}

const [LF, DOT, EQUALS, LETTER_F, LETTER_S] = [10, 46, 61, 102, 115];
const FIELDS = ['avg10', 'avg60', 'avg300', 'totalUsec'] as const;

/** Each line is `some` or `full` and four numbers, each after an equals sign. False: there was none. */
function parsePressure(bytes: Buffer, start: number, end: number, into: Pressure): boolean {
  let [some, full] = [false, false];
  for (let at = start; at < end; at++) {
    const kind = bytes[at];
    const line = (kind === LETTER_S ? into.some : kind === LETTER_F ? into.full : undefined) ?? emptyLine();
    let found = 0;
    for (; at < end && bytes[at] !== LF; at++) {
      if (bytes[at] !== EQUALS || found === FIELDS.length) continue;
      let [value, scale] = [0, 0];
      for (at++; at < end; at++) {
        const byte = bytes[at] as number;
        if (byte === DOT) scale = 1;
        else if (byte < 48 || byte > 57) break;
        else {
          value = value * 10 + (byte - 48);
          scale *= 10;
        }
      }
      line[FIELDS[found++] as (typeof FIELDS)[number]] = scale > 1 ? value / scale : value;
      at--;
    }
    if (found < FIELDS.length) continue;
    if (kind === LETTER_S) [into.some, some] = [line, true];
    else if (kind === LETTER_F) [into.full, full] = [line, true];
  }
  if (!some) into.some = undefined;
  if (!full) into.full = undefined;
  return some || full;
}

function emptyLine(): PressureLine {
  return { avg10: 0, avg60: 0, avg300: 0, totalUsec: 0 };
}
