import type { Action, DecidePolicy, DecideStep, LadderRule } from '#agent/contract/decision.js';
import type { ContainerSnapshot, NodeSnapshot } from '#agent/contract/snapshot.js';
import { type Judged, judge, seconds, type ValueOf } from './condition.js';
import { type LadderState, NEW_LADDER, type PendingUndo, UNKNOWN_STEP } from './memory.js';
import type { Proposal } from './proposal.js';
import { type ActionBody, stepAction } from './step-action.js';
import { undoProposal } from './undo.js';

/** A step has at least this long to work. */
export const MIN_WORK_MS = 5000;
/** Dying takes this long, memory being freed. */
const KILL_WORK_MS = 10_000;

export interface LadderInput {
  key: string;
  /** A container's id; `''` for a rule of node scope. */
  holder: string;
  policy: DecidePolicy;
  rule: LadderRule;
  state: LadderState | undefined;
  signal: ValueOf;
  node: NodeSnapshot;
  nowMs: number;
  /** Whom a step acts on: for a rule of node scope, given who the ladder is for, or (undefined) anew. */
  target: (victim: string | null) => { container: ContainerSnapshot; how: string } | undefined;
  frozenByRule: (container: string) => boolean;
  runs: (container: string) => boolean;
}

/**
 * One rule at one moment. What has been done goes back when the condition has been gone for its `for`, or at its own time. While the
 * condition holds, the next step is due once the one before had time to work; after the last one, and after the condition has gone, the
 * ladder begins again, not before the cooldown is over. Pure.
 */
export function advanceLadder(input: LadderInput): Proposal<LadderState> {
  const { key, holder, policy, rule, nowMs } = input;
  const before = input.state ?? NEW_LADDER;
  const judged = judge(rule.when, input.signal, before.leaves, nowMs);
  const goneMs = judged.begins ? null : (before.goneMs ?? nowMs);
  const far = before.step === UNKNOWN_STEP ? { step: rule.steps.length, cooldownMs: nowMs + rule.cooldownMs } : {};
  const gone = goneMs !== null && nowMs - goneMs >= rule.forMs;
  let state: LadderState = { ...before, ...far, leaves: judged.leaves, goneMs };
  const over = ({ atMs }: PendingUndo): boolean => atMs !== null && nowMs >= atMs;
  const due = state.undo.findLast(
    (each) => gone || over(each) || each.observed !== policy.observed || !input.runs(each.container),
  );
  if (due !== undefined) {
    const lasting = rule.forMs === 0 ? '' : ` for ${seconds(rule.forMs)}`;
    const why = over(due) ? 'its time is over' : gone ? `its condition is gone${lasting}` : 'the rule is another one now';
    return undoProposal({ key, holder, state, due, why, priority: policy.priority, values: judged.values });
  }
  if (gone && state.step > 0) state = { ...state, step: 0, victim: null };
  if (!judged.holds) return { key, holder, waiting: state };
  if (state.step >= rule.steps.length) {
    if (nowMs < state.cooldownMs) return { key, holder, waiting: state };
    state = { ...state, step: 0, victim: null };
  }
  return climb(input, state, judged);
}

function climb(input: LadderInput, from: LadderState, judged: Judged): Proposal<LadderState> {
  const { key, holder, rule, policy, node, nowMs } = input;
  const waiting: Proposal<LadderState> = { key, holder, waiting: from };
  // One that is frozen cannot show whether that helped.
  const frozen = from.undo.some(({ of }) => of === 'freeze');
  if (frozen || nowMs < (from.step === 0 ? from.cooldownMs : from.nextMs)) return waiting;
  const found = input.target(from.victim);
  if (found === undefined) return from.victim === null ? waiting : { ...waiting, waiting: { ...from, step: 0, victim: null } };
  const { container, how } = found;
  if (container.ending) return waiting;
  for (let index = from.step; index < rule.steps.length; index += 1) {
    const step = rule.steps[index]!;
    const body = stepAction(step, container, node, input.frozenByRule(container.id));
    if (body === undefined) continue;
    const action: Action = {
      ...body,
      container: container.id,
      name: container.name,
      policy: policy.name,
      priority: policy.priority,
      rule: rule.name,
      observed: policy.observed,
      reason: `${judged.because.join(', ')}${how}; step ${index + 1} of ${rule.steps.length}`,
      values: judged.values,
    };
    const taken: LadderState = {
      ...from,
      step: index + 1,
      nextMs: nowMs + workMs(step, rule),
      cooldownMs: nowMs + rule.cooldownMs,
      victim: rule.scope === 'node' ? container.id : null,
      undo: [...from.undo, ...undoOf(body, action, nowMs)],
    };
    return { key, holder, waiting: from, act: { action, taken } };
  }
  // Nothing is left that would do anything: as after the last step.
  return {
    key,
    holder,
    waiting: { ...from, step: rule.steps.length, cooldownMs: Math.max(from.cooldownMs, nowMs + rule.cooldownMs) },
  };
}

/** How long a step has to work before the next one. */
function workMs(step: DecideStep, { forMs }: LadderRule): number {
  const settleMs = Math.max(forMs, MIN_WORK_MS);
  switch (step.kind) {
    case 'notify':
    case 'thaw':
      return 0;
    case 'freeze':
      return step.forMs + settleMs;
    case 'terminate':
      return step.graceMs + settleMs;
    case 'kill':
      return Math.max(settleMs, KILL_WORK_MS);
    default:
      return settleMs;
  }
}

function undoOf(body: ActionBody, { container, name, observed }: Action, nowMs: number): PendingUndo[] {
  const base = { observed, container, name };
  switch (body.kind) {
    case 'set':
      return [{ ...base, of: 'set', fields: Object.keys(body.limits), limits: body.limits, atMs: null }];
    case 'throttle':
      return [
        {
          ...base,
          of: 'throttle',
          fields: ['cpu.max'],
          limits: body.limits,
          atMs: body.forMs === null ? null : nowMs + body.forMs,
        },
      ];
    case 'freeze':
      return [{ ...base, of: 'freeze', fields: ['state'], atMs: nowMs + body.forMs }];
    default:
      return [];
  }
}
