import type { Action, DecidePolicy } from '#agent/contract/decision.js';
import type { Enforce } from '#agent/contract/policy.js';
import type { PolicyRule } from '#agent/contract/rule.js';
import type { ContainerSnapshot, Snapshot } from '#agent/contract/snapshot.js';
import { decide } from '#agent/governor/decide/decide.js';
import { type Memory, NO_MEMORY } from '#agent/governor/decide/memory.js';
import { compileRules } from '#agent/policy/compile-rules.js';

export const MiB = 1 << 20;

/** A policy of these rules, for every container unless `match` says which. */
export function rulesOf(
  rules: PolicyRule[],
  more: { name?: string; priority?: number; enforce?: Enforce; match?: string } = {},
): DecidePolicy {
  const { name = 'p', priority = 0, enforce = 'enforce', match = '*' } = more;
  const [policy] = compileRules([{ name, priority, enforce, spec: { match: { name: match }, rules } }]);
  if (policy === undefined) throw new Error('it is off, or has no rules');
  return policy;
}

export type Given = Partial<Omit<ContainerSnapshot, 'id'>>;

export function containerAt(id: string, given: Given = {}): ContainerSnapshot {
  return {
    id,
    name: id,
    image: 'host:',
    labels: {},
    runtime: 'tsgov',
    cgroup: `/tsgov/${id}`,
    frozen: false,
    ending: false,
    limits: {},
    signals: {},
    memory: { currentBytes: 100 * MiB },
    ...given,
  };
}

export function snapshotAt(ms: number, containers: ContainerSnapshot[], node: Partial<Snapshot['node']> = {}): Snapshot {
  return {
    atMs: 1_800_000_000_000 + ms,
    monotonicMs: ms,
    node: { signals: {}, memTotalBytes: 8192 * MiB, cpus: 2, ...node },
    containers,
  };
}

/** A tick a second in a row; remembers as an agent does. */
export class RuleWorld {
  memory: Memory = NO_MEMORY;
  ms = 0;
  readonly done: { s: number; action: Action }[] = [];
  policies: readonly DecidePolicy[];

  constructor(...policies: DecidePolicy[]) {
    this.policies = policies;
  }

  tick(containers: Record<string, Given>, node: Snapshot['node']['signals'] = {}): Action[] {
    const seen = Object.entries(containers).map(([id, given]) => containerAt(id, given));
    const { actions, memory } = decide(snapshotAt(this.ms, seen, { signals: node }), this.policies, this.memory);
    this.memory = memory;
    for (const action of actions) this.done.push({ s: this.ms / 1000, action });
    this.ms += 1000;
    return actions;
  }

  /** So many ticks alike; what was done as `SECOND CONTAINER ACT`. */
  run(seconds: number, containers: Record<string, Given>, node: Snapshot['node']['signals'] = {}): string[] {
    const before = this.done.length;
    for (let tick = 0; tick < seconds; tick += 1) this.tick(containers, node);
    return this.done.slice(before).map(({ s, action }) => `${s} ${action.container} ${actText(action)}`);
  }
}

function actText(action: Action): string {
  return action.kind === 'undo' ? `undo ${action.fields.join('+')}` : action.kind;
}
