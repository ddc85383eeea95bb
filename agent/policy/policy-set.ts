import { type LimitLayer, mergeLimits } from '#agent/containers/limits-merge.js';
import { parseLimits, type ResolveDevice } from '#agent/containers/limits-parse.js';
import type { PolicyVerdict } from '#agent/containers/policy-source.js';
import type { Condition } from '#agent/contract/container.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import type { Enforce, PolicyDocument } from '#agent/contract/policy.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { ruleConditions } from './compile-rules.js';
import { type PolicySubject, policyMatches } from './match.js';
import { inOrder, policySource, scheduleSource } from './merge.js';
import type { ParsedPolicy } from './parse.js';
import { Schedule } from './schedule.js';

/** A policy with its limits in the runtime's words, its devices found on this host. */
export interface Policy {
  name: string;
  /** `api`, or the file it is in. */
  source: string;
  priority: number;
  enforce: Enforce;
  spec: PolicyDocument['spec'];
  limits: Limits;
  /** Limits that hold at times, in the order of the file: of two that hold, what the later one says wins. */
  schedules: readonly ScheduledLimits[];
  /** Of the policy as a whole: rules that this host cannot act on. */
  notes: Condition[];
  /** What of it this host does not have. */
  conditions: Condition[];
  text: string;
}

export interface ScheduledLimits {
  schedule: Schedule;
  limits: Limits;
}

/** What of a host a policy depends on. */
export interface PolicyHost {
  resolveDevice: ResolveDevice;
  /** The cgroup version of the memory controller; undefined: there is none. */
  memoryVersion: 1 | 2 | undefined;
}

/** Makes a parsed policy one of this host. A device that is not there is left out and named in a condition. */
export function resolvePolicy(parsed: ParsedPolicy, source: string, host: PolicyHost): Policy {
  const { spec } = parsed.document;
  const { resolveDevice } = host;
  const { limits, conditions } = resolveLimits(spec.limits ?? {}, policySource(parsed.name), resolveDevice);
  const scheduled = (spec.schedule ?? []).map(({ cron, for: lasts, limits: input }) => {
    const resolved = resolveLimits(input, scheduleSource(parsed.name), resolveDevice);
    conditions.push(...resolved.conditions);
    return { schedule: new Schedule(cron, lasts), limits: resolved.limits };
  });
  return {
    name: parsed.name,
    source,
    priority: spec.priority ?? 0,
    enforce: spec.enforce ?? 'enforce',
    spec,
    limits,
    schedules: scheduled,
    notes: ruleConditions(spec.rules ?? [], host),
    conditions,
    text: parsed.text,
  };
}

/** What the policies say of one container at a time. Pure. */
export function verdictOf(policies: readonly Policy[], subject: PolicySubject, atMs: number): PolicyVerdict {
  const matching = inOrder(policies.filter(({ enforce, spec }) => enforce !== 'off' && policyMatches(spec.match, subject)));
  const layers = (of: readonly Policy[]): LimitLayer[] =>
    of
      .flatMap(({ name, limits, schedules }) => [
        { source: policySource(name), limits },
        { source: scheduleSource(name), limits: limitsAt(schedules, atMs) },
      ])
      .filter(({ limits }) => Object.keys(limits).length > 0);
  return {
    names: matching.map(({ name }) => name),
    enforced: layers(matching.filter(({ enforce }) => enforce === 'enforce')),
    observed: layers(matching),
    conditions: matching.flatMap(({ conditions }) => conditions),
  };
}

/** What schedules say now. */
function limitsAt(schedules: readonly ScheduledLimits[], atMs: number): Limits {
  const now = schedules.filter(({ schedule }) => schedule.at(atMs).inside);
  return mergeLimits(now.map(({ limits }) => ({ source: '', limits }))).limits;
}

function resolveLimits(
  input: LimitsInput,
  source: string,
  resolveDevice: ResolveDevice,
): { limits: Limits; conditions: Condition[] } {
  const { io, ...rest } = input;
  if (io?.devices === undefined) return { limits: parseLimits(input, '', resolveDevice), conditions: [] };
  const conditions: Condition[] = [];
  const devices = io.devices.filter(({ device }, index) => {
    const field = `io.devices[${index}].device`;
    try {
      resolveDevice(device, field);
      return true;
    } catch (error) {
      if (!(error instanceof TsgovError)) throw error;
      conditions.push({ type: 'PolicyDeviceUnknown', field, reason: 'NotFound', message: `${source}: ${error.message}` });
      return false;
    }
  });
  try {
    return { limits: parseLimits({ ...rest, io: { ...io, devices } }, '', resolveDevice), conditions };
  } catch (error) {
    // Two names of one disk that contradict each other: only this host could tell.
    if (!(error instanceof TsgovError)) throw error;
    const { devices: _, ...others } = io;
    conditions.push({ type: 'PolicyRefused', field: 'io.devices', reason: 'Conflict', message: `${source}: ${error.message}` });
    return { limits: parseLimits({ ...rest, io: others }, '', resolveDevice), conditions };
  }
}
