import type { PolicyDiff, PolicyList, PolicyValidation, PolicyView } from '#agent/contract/policy.js';
import type { PolicyTest } from '#agent/contract/policy-test.js';
import type { Calls } from './calls.js';
import { policyAt, query } from './query.js';

/** Policies; `text` is a policy file (YAML or JSON), `file` its name in messages. */
export function policyCalls({ get, json, remove }: Calls) {
  return {
    policies: () => get<PolicyList>('/v1/policies'),
    policy: (name: string) => get<PolicyView>(policyAt(name)),
    /** `text` is a policy file with this one policy. */
    putPolicy: (name: string, text: string) => json<PolicyView>({ method: 'PUT', path: policyAt(name), text }),
    removePolicy: (name: string): Promise<void> => remove(policyAt(name)),
    /** All that is wrong with a policy file. */
    validatePolicies: (text: string, file?: string) =>
      json<PolicyValidation>({ method: 'POST', path: `/v1/policies/validate${query({ file })}`, text }),
    /** What the rules of a policy file would have done over what was recorded, by default in the last hour. */
    testPolicies: (text: string, input: { file?: string; since?: string; until?: string; container?: string } = {}) =>
      json<PolicyTest>({ method: 'POST', path: `/v1/policies/test${query({ ...input })}`, text }),
    /** What a policy file would change. */
    diffPolicies: (text: string, file?: string) =>
      json<PolicyDiff>({ method: 'POST', path: `/v1/policies/diff${query({ file })}`, text }),
  };
}
