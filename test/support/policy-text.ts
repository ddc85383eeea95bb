import { readFileSync } from 'node:fs';
import type { HostCheck } from '#agent/policy/check-limits.js';
import type { CgroupHost } from '#runtime/cgroup/cgroup-host.js';
import { validateLimits } from '#runtime/cgroup/validate.js';

/** A host of two cores, as far as limits are checked against it. */
export const TWO_CORES = { cpus: [0, 1], mems: [0], hugePageSizes: ['2MB', '1GB'] } as unknown as CgroupHost['facts'];
export const CHECK_ON_TWO_CORES: HostCheck = (limits) => validateLimits(limits, TWO_CORES);

/** A policy with every field there is: the one of the documentation. */
export const FULL_POLICY = readFileSync(new URL('../../../docs/examples/policy.yaml', import.meta.url), 'utf8');

/** A small policy. */
export function policyText(name: string, spec: object): string {
  return `${JSON.stringify({ apiVersion: 'tsgov/v1', kind: 'Policy', metadata: { name }, spec })}\n`;
}
