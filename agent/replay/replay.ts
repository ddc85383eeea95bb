import type { Action, DecidePolicy } from '#agent/contract/decision.js';
import type { PolicyTest, ReplayedAct } from '#agent/contract/policy-test.js';
import type { Snapshot } from '#agent/contract/snapshot.js';
import { decide } from '#agent/governor/decide/decide.js';
import { NO_MEMORY } from '#agent/governor/decide/memory.js';
import { neededSignals } from '#agent/governor/decide/needs.js';

/** Acts of an answer; the rest are counted. */
const MOST_ACTS = 1000;

/**
 * What the rules would have done over snapshots, as the governor decides at each tick. What was recorded is what is decided on: it does not
 * answer to what would have been done. Pure.
 */
export function replay(snapshots: Iterable<Snapshot>, policies: readonly DecidePolicy[]): Omit<PolicyTest, 'issues'> {
  const missing = neededSignals(policies);
  const acts: ReplayedAct[] = [];
  let more = 0;
  let memory = NO_MEMORY;
  let first: number | undefined;
  let last: number | undefined;
  let ticks = 0;
  for (const snapshot of snapshots) {
    first ??= snapshot.atMs;
    last = snapshot.atMs;
    ticks += 1;
    for (const signal of missing) if (wasSeen(snapshot, signal)) missing.delete(signal);
    const decided = decide(snapshot, policies, memory);
    memory = decided.memory;
    for (const action of decided.actions) {
      if (acts.length < MOST_ACTS) acts.push(actOf(action, snapshot.atMs));
      else more += 1;
    }
  }
  return {
    rules: policies.reduce((sum, { rules }) => sum + rules.length, 0),
    from: timeOf(first),
    to: timeOf(last),
    ticks,
    missing: [...missing].sort(),
    acts,
    more,
  };
}

function wasSeen({ node, containers }: Snapshot, signal: string): boolean {
  return node.signals[signal] !== undefined || containers.some(({ signals }) => signals[signal] !== undefined);
}

function actOf(action: Action, atMs: number): ReplayedAct {
  const { kind, container, name, policy, rule, reason, values } = action;
  return {
    time: new Date(atMs).toISOString(),
    container: { id: container, name },
    policy,
    rule,
    action: kind,
    detail: detailOf(action),
    reason,
    values: { ...values },
  };
}

function detailOf(action: Action): ReplayedAct['detail'] {
  switch (action.kind) {
    case 'set':
      return { ...action.limits };
    case 'throttle':
      return { ...action.limits, ...(action.forMs === null ? {} : { forMs: action.forMs }) };
    case 'reclaim':
      return { bytes: action.bytes };
    case 'freeze':
      return { forMs: action.forMs };
    case 'terminate':
      return { graceMs: action.graceMs };
    case 'notify':
      return action.message === '' ? {} : { message: action.message };
    case 'undo':
      return { of: action.of, fields: action.fields.join(', ') };
    case 'thaw':
    case 'kill':
      return {};
  }
}

function timeOf(atMs: number | undefined): string | null {
  return atMs === undefined ? null : new Date(atMs).toISOString();
}
