import type { Action, DecidePolicy, SenpaiRule } from '#agent/contract/decision.js';
import type { ContainerSnapshot, NodeSnapshot } from '#agent/contract/snapshot.js';
import type { SenpaiState } from './memory.js';
import type { Proposal } from './proposal.js';
import { undoProposal } from './undo.js';

/** Of Meta's senpai (oomd, src/oomd/plugins/Senpai.h): how steep and how far one adjustment may be. */
const BACKOFF_DIVISOR = 20;
const MAX_BACKOFF = 1;
const PROBE_DIVISOR = 10;
const MAX_PROBE = 0.01;
const HEADROOM_BYTES = 10 * 2 ** 30;
const PAGE_BYTES = 4096;
/** What moved less than this since it was last told is only counted. */
const TOLD_SHARE = 0.05;

export interface SenpaiInput {
  key: string;
  policy: DecidePolicy;
  rule: SenpaiRule;
  state: SenpaiState | undefined;
  container: ContainerSnapshot;
  node: NodeSnapshot;
  nowMs: number;
}

/**
 * One container's memory.high, probed down as long as it stalls less than the target in an interval, and raised at once when it stalls
 * more (senpai's immediate back-off). Who else sets memory.high (a policy, a person) is not overruled: then it waits. Pure.
 */
export function advanceSenpai(input: SenpaiInput): Proposal<SenpaiState> | undefined {
  const { key, policy, rule, container, nowMs } = input;
  const holder = container.id;
  const { currentBytes, someTotalUsec } = container.memory;
  const wanted = container.limits['memory.high'];
  // What was taken back begins anew.
  const state = input.state?.undo.length === 0 ? undefined : input.state;
  const other = state?.undo.some(({ observed }) => observed !== policy.observed);
  if (state !== undefined && other) return undoState(key, holder, state, policy);
  if (currentBytes === undefined || someTotalUsec === undefined || container.frozen || container.ending)
    return state && { key, holder, waiting: state };
  if (state === undefined) {
    if (typeof wanted === 'number') return undefined;
    return propose({ ...input, state: undefined }, currentBytes, 'it begins with what is in use', {});
  }
  const ours = wanted === state.limitBytes || wanted === state.previousBytes;
  if (typeof wanted === 'number' && !ours) return undoState(key, holder, state, policy);
  const stalledUsec = someTotalUsec - state.totalUsec;
  const { targetUsec } = rule;
  const values = { 'memory.some.total': stalledUsec, 'memory.current': currentBytes };
  const stalled = `it stalled ${milliseconds(stalledUsec)} of memory, ${milliseconds(targetUsec)} are aimed at`;
  if (stalledUsec > targetUsec) {
    const factor = 1 + Math.min((stalledUsec / targetUsec / BACKOFF_DIVISOR) ** 2, MAX_BACKOFF);
    return propose(input, state.limitBytes * factor, stalled, values);
  }
  if (nowMs - state.adjustedMs < rule.intervalMs) return { key, holder, waiting: state };
  const factor = 1 - Math.min((targetUsec / Math.max(stalledUsec, 1) / PROBE_DIVISOR) ** 2 * MAX_PROBE, MAX_PROBE);
  return propose(input, state.limitBytes * factor, stalled, values);
}

function propose(input: SenpaiInput, bytes: number, reason: string, values: Record<string, number>): Proposal<SenpaiState> {
  const { key, policy, rule, state, container, nowMs } = input;
  const limitBytes = clamped(bytes, input);
  const known = container.limits['memory.high'];
  const before = state?.limitBytes ?? known;
  const { observed, priority } = policy;
  const told = state === undefined || Math.abs(limitBytes - state.toldBytes) >= TOLD_SHARE * state.toldBytes;
  const taken: SenpaiState = {
    limitBytes,
    previousBytes: state?.limitBytes ?? limitBytes,
    toldBytes: told ? limitBytes : state.toldBytes,
    totalUsec: container.memory.someTotalUsec ?? 0,
    adjustedMs: nowMs,
    undo: [
      {
        of: 'set',
        fields: ['memory.high'],
        limits: { 'memory.high': limitBytes },
        atMs: null,
        observed,
        container: container.id,
        name: container.name,
      },
    ],
  };
  const action: Action = {
    kind: 'set',
    limits: { 'memory.high': limitBytes },
    before: before === undefined ? {} : { 'memory.high': before },
    routine: !told,
    container: container.id,
    name: container.name,
    policy: policy.name,
    priority,
    rule: rule.name,
    observed,
    reason,
    values,
  };
  if (limitBytes === state?.limitBytes) return { key, holder: container.id, waiting: taken };
  return { key, holder: container.id, waiting: state, act: { action, taken } };
}

/** Not below what must stay in memory, nor beyond what it may use. */
function clamped(bytes: number, { rule, container, node }: SenpaiInput): number {
  const { currentBytes = 0, unreclaimableBytes = 0, minBytes = 0 } = container.memory;
  const max = container.limits['memory.max'];
  const floor = Math.max(rule.floorBytes + unreclaimableBytes, minBytes);
  const ceiling = Math.min(node.memTotalBytes, currentBytes + HEADROOM_BYTES, typeof max === 'number' ? max : node.memTotalBytes);
  return Math.floor(Math.min(ceiling, Math.max(floor, bytes)) / PAGE_BYTES) * PAGE_BYTES;
}

function undoState(
  key: string,
  holder: string,
  state: SenpaiState,
  { priority }: DecidePolicy,
): Proposal<SenpaiState> | undefined {
  const due = state.undo[0];
  if (due === undefined) return undefined;
  return undoProposal({ key, holder, state, due, why: 'somebody else sets memory.high', priority, values: {} });
}

function milliseconds(usec: number): string {
  return `${Math.round(usec / 100) / 10} ms`;
}
