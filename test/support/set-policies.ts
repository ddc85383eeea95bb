import type { PolicySource, PolicyVerdict } from '#agent/containers/policy-source.js';
import type { PolicySubject } from '#agent/policy/match.js';
import { type Policy, verdictOf } from '#agent/policy/policy-set.js';
import type { Limits } from '#runtime/cgroup/limits.js';

/** Policies that a test sets as it goes; the agent is told by `govern()`. */
export class SetPolicies implements PolicySource {
  #all: Policy[] = [];

  verdict(subject: PolicySubject): PolicyVerdict {
    return verdictOf(this.#all, subject, 0);
  }

  set(name: string, match: Policy['spec']['match'], limits: Limits): void {
    const rest = { schedules: [], notes: [], conditions: [], text: '' };
    const policy: Policy = { name, source: 'api', priority: 0, enforce: 'enforce', spec: { match }, limits, ...rest };
    this.#all = [...this.#all.filter((each) => each.name !== name), policy];
  }

  remove(name: string): void {
    this.#all = this.#all.filter((each) => each.name !== name);
  }
}
