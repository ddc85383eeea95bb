import type { LimitLayer } from '#agent/containers/limits-merge.js';
import { parseLimits, type ResolveDevice } from '#agent/containers/limits-parse.js';
import type { PolicyVerdict } from '#agent/containers/policy-source.js';
import type { Condition } from '#agent/contract/container.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import type { Enforce, PolicyDocument } from '#agent/contract/policy.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { Limits } from '#runtime/cgroup/limits.js';
import { type PolicySubject, policyMatches } from './match.js';
import { inOrder, policySource } from './merge.js';
import type { ParsedPolicy } from './parse.js';

/** A policy with its limits in the runtime's words, its devices found on this host. */
export interface Policy {
  name: string;
  /** `api`, or the file it is in. */
  source: string;
  priority: number;
  enforce: Enforce;
  spec: PolicyDocument['spec'];
  limits: Limits;
  /** Of the policy as a whole: rules that wait for somebody to act on them. */
  notes: Condition[];
  /** What of it this host does not have. */
  conditions: Condition[];
  text: string;
}

/** Makes a parsed policy one of this host. A device that is not there is left out and named in a condition. */
export function resolvePolicy(parsed: ParsedPolicy, source: string, resolveDevice: ResolveDevice): Policy {
  const { spec } = parsed.document;
  const { limits, conditions } = resolveLimits(spec.limits ?? {}, policySource(parsed.name), resolveDevice);
  return {
    name: parsed.name,
    source,
    priority: spec.priority ?? 0,
    enforce: spec.enforce ?? 'enforce',
    spec,
    limits,
    notes: (['rules', 'schedule'] as const)
      .filter((part) => (spec[part]?.length ?? 0) > 0)
      .map((part) => ({
        type: 'NotActedOn',
        field: `spec.${part}`,
        reason: 'NotYet',
        message: `spec.${part} is checked, but this version of tsgov does not act on it`,
      })),
    conditions,
    text: parsed.text,
  };
}

/** What the policies say of one container. Pure. */
export function verdictOf(policies: readonly Policy[], subject: PolicySubject): PolicyVerdict {
  const matching = inOrder(policies.filter(({ enforce, spec }) => enforce !== 'off' && policyMatches(spec.match, subject)));
  const layers = (of: readonly Policy[]): LimitLayer[] =>
    of.filter(({ limits }) => Object.keys(limits).length > 0).map(({ name, limits }) => ({ source: policySource(name), limits }));
  return {
    names: matching.map(({ name }) => name),
    enforced: layers(matching.filter(({ enforce }) => enforce === 'enforce')),
    observed: layers(matching),
    conditions: matching.flatMap(({ conditions }) => conditions),
  };
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
