import type { Action, DecidePolicy, LadderRule } from '#agent/contract/decision.js';
import type { ContainerSnapshot, Snapshot } from '#agent/contract/snapshot.js';
import { asIfDone } from './as-if.js';
import { stirs } from './condition.js';
import { advanceLadder, type LadderInput } from './ladder.js';
import { atRest, type LadderState, type Memory, NEW_LADDER, type PendingUndo, type SenpaiState, UNKNOWN_STEP } from './memory.js';
import { chooseActs, type Proposal } from './proposal.js';
import { movingAverages, rankVictims } from './rank.js';
import { advanceSenpai } from './senpai.js';
import { undoProposal } from './undo.js';

/**
 * What the policies' rules do at this moment, at most one act a container (and one that would be, of those that observe), and what to
 * remember for the next. What a rule that is gone had done goes back, and so does what was done to a container that runs no more. Pure:
 * the same snapshots, policies and memory always give the same acts.
 */
export function decide(
  snapshot: Snapshot,
  policies: readonly DecidePolicy[],
  memory: Memory,
): { actions: Action[]; memory: Memory } {
  const { containers, monotonicMs: nowMs } = snapshot;
  const byId = new Map(containers.map((container) => [container.id, container]));
  const frozen = (observed: boolean): ReadonlySet<string> =>
    new Set(
      states(memory.ladders).flatMap(({ state }) =>
        state.undo.flatMap((each) => (each.of === 'freeze' && each.observed === observed ? [each.container] : [])),
      ),
    );
  const frozenBy = { enforced: frozen(false), observed: frozen(true) };
  const asIf = asIfDone(memory);
  const averageBytes = policies.some(({ rules }) => rules.some(ranksGrowth))
    ? movingAverages(containers, memory.averageBytes)
    : {};
  const ladders: Proposal<LadderState>[] = [];
  const senpai: Proposal<SenpaiState>[] = [];
  const seen = new Set<string>();
  for (const policy of policies) {
    const matching = containers.filter((container) => policy.matches(container));
    const matched = policy.observed ? matching.map(asIf) : matching;
    const frozenByRules = frozenBy[policy.observed ? 'observed' : 'enforced'];
    for (const rule of policy.rules) {
      const key = `${policy.name}/${rule.name}`;
      if (rule.kind === 'senpai') {
        const held = memory.senpai[key] ?? {};
        for (const container of matched) {
          const state = held[container.id];
          if (state !== undefined) seen.add(`senpai/${key}/${container.id}`);
          const proposal = advanceSenpai({ key, policy, rule, state, container, node: snapshot.node, nowMs });
          if (proposal !== undefined) senpai.push(proposal);
        }
        continue;
      }
      const held = memory.ladders[key] ?? {};
      for (const judging of judgings(rule, matched, held, snapshot, averageBytes)) {
        const state = held[judging.holder];
        if (state !== undefined) seen.add(`ladder/${key}/${judging.holder}`);
        ladders.push(
          advanceLadder({
            key,
            policy,
            rule,
            state,
            node: snapshot.node,
            nowMs,
            frozenByRule: (id) => frozenByRules.has(id),
            runs: (id) => byId.has(id),
            ...judging,
          }),
        );
      }
    }
  }
  const why = (due: PendingUndo): string => (byId.has(due.container) ? 'the rule is gone' : 'it runs no more');
  ladders.push(...leftovers('ladder', memory.ladders, seen, why));
  senpai.push(...leftovers('senpai', memory.senpai, seen, why));
  const chosen = chooseActs(
    [...ladders, ...senpai].filter(({ act }) => act !== undefined && byId.get(act.action.container)?.ending !== true),
  );
  const next = <State>({ act, waiting }: Proposal<State>, taken: boolean): State | undefined =>
    taken && act !== undefined ? act.taken : waiting;
  return {
    actions: [...chosen].flatMap(({ act }) => act?.action ?? []),
    memory: {
      ladders: collect(ladders, (each) => {
        const state = next(each, chosen.has(each));
        return state === undefined || atRest(state, nowMs) ? undefined : state;
      }),
      senpai: collect(senpai, (each) => next(each, chosen.has(each))),
      averageBytes,
    },
  };
}

/**
 * The memory with limits in force that it knows nothing of, from an earlier agent: they go back when their rule is gone, or does not hold
 * any more. Pure.
 */
export function rememberLeft(memory: Memory, left: readonly LeftByRule[]): Memory {
  const unknown = left.filter(({ policy, rule, container, fields }) => {
    const key = `${policy}/${rule}`;
    const held = [...Object.values(memory.ladders[key] ?? {}), ...Object.values(memory.senpai[key] ?? {})];
    const known = held.flatMap(({ undo }) => undo.flatMap((each) => (each.container === container ? each.fields : [])));
    return !fields.every((field) => known.includes(field));
  });
  if (unknown.length === 0) return memory;
  const ladders: Memory['ladders'] = { ...memory.ladders };
  for (const { policy, rule, container, name, fields, atMs } of unknown) {
    const key = `${policy}/${rule}`;
    const undo: PendingUndo = { of: 'set', fields, atMs, observed: false, container, name };
    const known = ladders[key]?.[container] ?? { ...NEW_LADDER, step: UNKNOWN_STEP };
    ladders[key] = { ...ladders[key], [container]: { ...known, undo: [...known.undo, undo] } };
  }
  return { ...memory, ladders };
}

/** Limits of a container that are in force by a rule. */
export interface LeftByRule {
  policy: string;
  rule: string;
  container: string;
  name: string;
  fields: string[];
  /** When they go back at the latest, on the snapshots' monotonic clock; null: they have no end. */
  atMs: number | null;
}

type Judging = Pick<LadderInput, 'holder' | 'signal' | 'target'>;

/** Of node scope: once, on whom is ranked first; else for each container by itself, but those of which there is nothing to say. */
function* judgings(
  rule: LadderRule,
  matched: readonly ContainerSnapshot[],
  held: Readonly<Record<string, LadderState>>,
  { node }: Snapshot,
  averageBytes: Readonly<Record<string, number>>,
): Generator<Judging> {
  const nodeValue = (signal: string): number | undefined => node.signals[signal];
  if (rule.scope === 'container') {
    for (const container of matched) {
      const signal = (name: string): number | undefined => container.signals[name] ?? node.signals[name];
      if (held[container.id] === undefined && !stirs(rule.when, signal)) continue;
      yield { holder: container.id, signal, target: () => ({ container, how: '' }) };
    }
    return;
  }
  const target: LadderInput['target'] = (victim) => {
    const known = victim === null ? undefined : matched.find(({ id }) => id === victim);
    if (victim !== null) return known && { container: known, how: `; ${known.name} was picked before` };
    const ranked = rankVictims(
      matched.filter(({ ending }) => !ending),
      rule.victims,
      averageBytes,
    );
    return (
      ranked[0] && { container: ranked[0], how: `; ${ranked[0].name} is the first of ${ranked.length} by ${rule.victims.by}` }
    );
  };
  yield { holder: '', signal: nodeValue, target };
}

function ranksGrowth(rule: DecidePolicy['rules'][number]): boolean {
  return rule.kind === 'ladder' && rule.scope === 'node' && rule.victims.by === 'growth';
}

type Held<State> = Record<string, Record<string, State>>;

function states<State>(held: Held<State>): { key: string; holder: string; state: State }[] {
  return Object.entries(held).flatMap(([key, of]) => Object.entries(of).map(([holder, state]) => ({ key, holder, state })));
}

/** What was begun by rules, or on containers, that no policy names any more goes back, the last first; then it is forgotten. */
function leftovers<State extends { undo: PendingUndo[] }>(
  kind: string,
  held: Held<State>,
  seen: ReadonlySet<string>,
  why: (due: PendingUndo) => string,
): Proposal<State>[] {
  return states(held).flatMap(({ key, holder, state }) => {
    const due = state.undo.at(-1);
    if (seen.has(`${kind}/${key}/${holder}`) || due === undefined) return [];
    return [undoProposal({ key, holder, state, due, why: why(due), priority: 0, values: {} })];
  });
}

function collect<State>(
  proposals: readonly Proposal<State>[],
  of: (proposal: Proposal<State>) => State | undefined,
): Held<State> {
  const held: Held<State> = {};
  for (const proposal of proposals) {
    const state = of(proposal);
    if (state === undefined) continue;
    const holders = held[proposal.key] ?? {};
    holders[proposal.holder] = state;
    held[proposal.key] = holders;
  }
  return held;
}
