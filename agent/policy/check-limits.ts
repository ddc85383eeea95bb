import { parseLimits } from '#agent/containers/limits-parse.js';
import { LimitsInput } from '#agent/contract/limits.js';
import { TsgovError } from '#native/tsgov-error.js';
import { LimitError } from '#runtime/cgroup/errors.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { expected, type Schema } from './check-node.js';
import type { Fault } from './forms.js';

/** Throws a TsgovError naming the field when this host cannot take the limits; see runtime/cgroup/validate.ts. */
export type HostCheck = (limits: Limits) => void;

/** What is wrong with a limit, by its path among the limits as steps: `['io', 'devices', 0, 'readBps']`. */
export interface LimitFault extends Fault {
  path: (string | number)[];
}

/**
 * All that is wrong with limits whose shape is right: each by itself, and when each is right, all of them together. Which disk a device
 * is, is found out where the policy comes in force; here one name is one disk.
 */
export function limitFaults(limits: LimitsInput, hostCheck: HostCheck): LimitFault[] {
  const idle = idleDevices(limits);
  if (idle.length > 0) return idle;
  const faults = leaves(limits).flatMap(({ path, alone }) => {
    const fault = faultOf(alone, hostCheck);
    return fault === undefined ? [] : [{ path, ...fault.fault }];
  });
  if (faults.length > 0) return faults;
  const together = faultOf(limits, hostCheck);
  return together === undefined ? [] : [{ path: together.steps, ...together.fault }];
}

/** What is wrong with one limit, by its dotted path. */
export function limitFault(path: string, value: unknown, hostCheck: HostCheck): Fault | undefined {
  const [group = '', key = ''] = path.split('.');
  return faultOf({ [group]: { [key]: value } } as LimitsInput, hostCheck)?.fault;
}

/** Entries of io.devices that could never limit anything. */
function idleDevices({ io }: LimitsInput): LimitFault[] {
  return (io?.devices ?? []).flatMap((entry, index): LimitFault[] => {
    const path = ['io', 'devices', index];
    if (entry.device.trim() === '')
      return [{ path: [...path, 'device'], reason: 'the device is empty', valid: 'a device node, MAJ:MIN, or any path on it' }];
    if (Object.keys(entry).length > 1) return [];
    return [{ path, reason: 'this device has no rate', valid: 'one or more of readBps, writeBps, readIops, writeIops, latency' }];
  });
}

interface Leaf {
  path: (string | number)[];
  alone: LimitsInput;
}

function leaves(limits: LimitsInput): Leaf[] {
  return Object.entries(limits).flatMap(([group, fields]): Leaf[] => {
    if (typeof fields !== 'object') return [];
    return Object.entries(fields as Record<string, unknown>).flatMap(([key, value]): Leaf[] =>
      Array.isArray(value)
        ? value.flatMap((device: Record<string, unknown>, index) =>
            Object.entries(device).map(([word, rate]) => ({
              path: [group, key, index, word],
              alone: { io: { devices: [{ device: String(device.device), [word]: rate }] } } as LimitsInput,
            })),
          )
        : [{ path: [group, key], alone: { [group]: { [key]: value } } as LimitsInput }],
    );
  });
}

function faultOf(limits: LimitsInput, hostCheck: HostCheck): { steps: (string | number)[]; fault: Fault } | undefined {
  const names: string[] = [];
  const oneDiskAName = (device: string): { major: number; minor: number } => {
    if (!names.includes(device)) names.push(device);
    return { major: names.indexOf(device) + 1, minor: 0 };
  };
  try {
    hostCheck(parseLimits(limits, '', oneDiskAName));
    return undefined;
  } catch (error) {
    if (!(error instanceof TsgovError) || error.field === undefined) throw error;
    const field = error.field.replace(/^limits\./, '');
    const steps = stepsOf(field);
    if (error instanceof LimitError) return { steps, fault: { reason: error.reason, valid: error.valid } };
    return { steps, fault: wordsOf(error.message.replace(/^limits\./, ''), field, steps) };
  }
}

/** `memory.max "5x": FORMS` says both what is wrong and what would be right; of one disk twice only the former is said. */
const BOTH = /^("(?:[^"\\]|\\.)*"|-?[\d.]+): (.+)$/s;

const ONE_DISK = 'each of readBps, writeBps, readIops, writeIops, latency once for a disk';

function wordsOf(message: string, field: string, steps: readonly (string | number)[]): Fault {
  const rest = message.startsWith(field) ? message.slice(field.length).replace(/^:?\s*/, '') : message;
  const both = BOTH.exec(rest);
  return both === null
    ? { reason: rest.replace(/ \(\d+:0\)/, ''), valid: typeof steps.at(-1) === 'number' ? ONE_DISK : expected(schemaAt(steps)) }
    : { reason: `${both[1]} does not fit`, valid: both[2]! };
}

function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step));
}

function schemaAt(steps: readonly (string | number)[]): Schema {
  return steps.reduce<Schema>(
    (schema, step) => schema.properties?.[step] ?? schema.items ?? Object.values(schema.patternProperties ?? {})[0] ?? {},
    LimitsInput as unknown as Schema,
  );
}
