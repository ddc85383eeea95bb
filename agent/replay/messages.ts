import type { PolicyDocument } from '#agent/contract/policy.js';
import type { PolicyTest, PolicyTestQuery } from '#agent/contract/policy-test.js';

/** What a replay is started with. */
export interface ReplayJob {
  /** history.db. */
  path: string;
  policies: { name: string; priority: number; spec: PolicyDocument['spec'] }[];
  query: PolicyTestQuery;
}

export type ReplayReply = { result: Omit<PolicyTest, 'issues'> } | { error: string };
