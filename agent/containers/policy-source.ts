import type { Condition } from '#agent/contract/container.js';
import type { PolicySubject } from '#agent/policy/match.js';
import type { LimitLayer } from './limits-merge.js';

/** What the policies in force say of one container. */
export interface PolicyVerdict {
  /** The policies that match, those that only observe among them; the strongest last. */
  names: string[];
  /** Limits to enforce, weakest first. */
  enforced: LimitLayer[];
  /** The same if those that observe were enforced too. */
  observed: LimitLayer[];
  /** What of it this host does not have. */
  conditions: Condition[];
}

/** Who knows the policies; agent/policy is. */
export interface PolicySource {
  verdict(subject: PolicySubject): PolicyVerdict;
}

export const NO_POLICIES: PolicySource = {
  verdict: () => ({ names: [], enforced: [], observed: [], conditions: [] }),
};
