import { AgentError } from '#agent/contract/errors.js';
import type { PolicyBackend, PolicyView } from '#agent/contract/policy.js';
import type { PolicyTest, PolicyTestBackend, PolicyTestQuery } from '#agent/contract/policy-test.js';

/** Policies that govern nothing: for tests of the API's translation. Texts are kept as they come. */
export class MemoryPolicies implements PolicyBackend, PolicyTestBackend {
  /** What was to be tested. */
  readonly tested: { text: string; file: string; query: PolicyTestQuery }[] = [];
  readonly texts = new Map<string, string>();

  list() {
    return { policies: [...this.texts.keys()].map((name) => this.get(name)), refused: [] };
  }
  get(name: string): PolicyView {
    const text = this.texts.get(name);
    if (text === undefined) throw new AgentError('POLICY_NOT_FOUND', `no policy ${name}`);
    const spec = { match: { name } };
    return { name, source: 'api', priority: 0, enforce: 'enforce', spec, containers: [], conditions: [], text };
  }
  async put(name: string, text: string) {
    this.texts.set(name, text);
    return this.get(name);
  }
  async remove(name: string) {
    if (!this.texts.delete(name)) throw new AgentError('POLICY_NOT_FOUND', `no policy ${name}`);
  }
  validate(text: string, file: string) {
    return { valid: false, policies: [], issues: [{ file, line: 1, column: 1, field: '', reason: text, valid: '' }] };
  }
  async test(text: string, file: string, query: PolicyTestQuery): Promise<PolicyTest> {
    this.tested.push({ text, file, query });
    return { issues: [], rules: 0, from: null, to: null, ticks: 0, missing: [], acts: [], more: 0 };
  }
  diff(_text: string, _file: string) {
    return { issues: [], containers: [] };
  }
}
