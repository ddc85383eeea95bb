import { limitEntries } from '#agent/containers/limit-fields.js';
import { parseLimits } from '#agent/containers/limits-parse.js';
import type { Condition } from '#agent/contract/container.js';
import type {
  DecideCondition,
  DecideLeaf,
  DecidePolicy,
  DecideSetting,
  DecideStep,
  LadderRule,
  RuleSubject,
  SubjectTest,
} from '#agent/contract/decision.js';
import type { LimitsInput } from '#agent/contract/limits.js';
import type { Enforce, PolicyDocument } from '#agent/contract/policy.js';
import type { PolicyRule, RuleAction, RuleCondition } from '#agent/contract/rule.js';
import { parseReclaim, parseRelative, parseThrottle } from './actions.js';
import { durationMs } from './duration-ms.js';
import { policyMatches } from './match.js';
import { oomdRules, senpaiRule, thrashRule } from './ready-made.js';
import { parseBound, SIGNALS } from './signals.js';

const DEFAULT_COOLDOWN_MS = 30_000;
const DEFAULT_GRACE_MS = 10_000;

type RuledPolicy = { name: string; priority: number; enforce: Enforce; spec: PolicyDocument['spec'] };

/** The policies' rules to decide on; policies without rules, and those that are `off`, are left out. The policies have parsed. Pure. */
export function compileRules(policies: readonly RuledPolicy[]): DecidePolicy[] {
  return policies
    .filter(({ enforce, spec }) => enforce !== 'off' && (spec.rules?.length ?? 0) > 0)
    .map(({ name, priority, enforce, spec }) => ({
      name,
      priority,
      observed: enforce === 'observe',
      matches: remembered((subject) => policyMatches(spec.match, subject)),
      rules: (spec.rules ?? []).flatMap(compileRule),
    }));
}

/** What of a policy's rules this host cannot do. */
export function ruleConditions(rules: readonly PolicyRule[], host: { memoryVersion: 1 | 2 | undefined }): Condition[] {
  if (host.memoryVersion === 2) return [];
  const why = host.memoryVersion === 1 ? "this host's memory controller is v1" : 'this host has no memory controller';
  return rules.flatMap((rule, index): Condition[] => {
    const field = `spec.rules[${index}]`;
    const lacks = (what: string, at: string): Condition[] => [
      { type: 'RuleUnsupported', field: at, reason: 'NeedsCgroupV2', message: `${rule.name}: ${what} needs cgroup v2: ${why}` },
    ];
    if (rule.kind === 'senpai') return lacks('senpai (memory.high)', `${field}.kind`);
    return (rule.do ?? []).flatMap(({ set }, at) =>
      set?.['memory.high'] === undefined ? [] : lacks('memory.high', `${field}.do[${at}].set.memory.high`),
    );
  });
}

/** Containers are asked about each tick, and are seldom others than the last time. */
const REMEMBERED = 10_000;

function remembered(test: SubjectTest): SubjectTest {
  const answers = new Map<string, { subject: RuleSubject; matches: boolean }>();
  return (subject) => {
    const known = answers.get(subject.cgroup);
    if (known !== undefined && same(known.subject, subject)) return known.matches;
    const { name, image, labels, runtime, cgroup } = subject;
    const matches = test(subject);
    if (answers.size >= REMEMBERED) answers.clear();
    answers.set(cgroup, { subject: { name, image, labels, runtime, cgroup }, matches });
    return matches;
  };
}

function same(one: RuleSubject, other: RuleSubject): boolean {
  return (
    one.name === other.name &&
    one.image === other.image &&
    one.runtime === other.runtime &&
    (one.labels === other.labels || (none(one.labels) && none(other.labels)))
  );
}

function none(labels: RuleSubject['labels']): boolean {
  for (const _ in labels) return false;
  return true;
}

function compileRule(rule: PolicyRule): DecidePolicy['rules'][number][] {
  const cooldownMs = rule.cooldown === undefined ? undefined : durationMs(rule.cooldown);
  const steps = rule.do?.map(compileStep);
  switch (rule.kind) {
    case 'oomd':
      return oomdRules(rule, { cooldownMs, steps, victims: victimsOf(rule) });
    case 'thrash':
      return [thrashRule(rule, { cooldownMs: cooldownMs ?? DEFAULT_COOLDOWN_MS, steps })];
    case 'senpai':
      return [senpaiRule(rule)];
    default: {
      const leaves: DecideLeaf[] = [];
      const when = compileCondition(rule.when ?? { all: [] }, leaves);
      return [
        {
          kind: 'ladder',
          name: rule.name,
          scope: leaves.every(({ signal }) => SIGNALS[signal]?.scope === 'node') ? 'node' : 'container',
          when,
          forMs: Math.max(0, ...leaves.map(({ forMs }) => forMs)),
          steps: steps ?? [],
          cooldownMs: cooldownMs ?? DEFAULT_COOLDOWN_MS,
          victims: { by: rule.victims?.by ?? 'growth', ...victimsOf(rule) },
        },
      ];
    }
  }
}

function victimsOf({ victims }: PolicyRule): Pick<LadderRule['victims'], 'prefer' | 'avoid'> {
  const { prefer, avoid } = victims ?? {};
  return {
    prefer: prefer && ((subject) => policyMatches(prefer, subject)),
    avoid: avoid && ((subject) => policyMatches(avoid, subject)),
  };
}

function compileCondition(condition: RuleCondition, leaves: DecideLeaf[]): DecideCondition {
  for (const kind of ['all', 'any'] as const) {
    const of = condition[kind];
    if (of !== undefined) return { kind, of: of.map((each) => compileCondition(each, leaves)) };
  }
  const signal = condition.signal ?? '';
  const is = condition.above === undefined ? 'below' : 'above';
  const bound = boundOf(signal, condition[is] ?? 0);
  const leaf: DecideLeaf = {
    kind: 'signal',
    key: String(leaves.length),
    signal,
    is,
    bound,
    until: condition.until === undefined ? bound : boundOf(signal, condition.until),
    forMs: condition.for === undefined ? 0 : durationMs(condition.for),
    within: false,
    absent: false,
  };
  leaves.push(leaf);
  return leaf;
}

function boundOf(signal: string, value: number | string): number {
  const parsed = parseBound(SIGNALS[signal]?.unit ?? 'count', value);
  return 'value' in parsed ? parsed.value : Number.NaN;
}

function compileStep(step: RuleAction): DecideStep {
  if (step.reclaim !== undefined) return { kind: 'reclaim', ...amountOf(parseReclaim(step.reclaim)) } as DecideStep;
  if (step.set !== undefined)
    return {
      kind: 'set',
      limits: Object.fromEntries(Object.entries(step.set).map(([path, value]) => [path, settingOf(path, value)])),
    };
  if (step.throttle !== undefined) {
    const forMs = step.throttle.for === undefined ? null : durationMs(step.throttle.for);
    return { kind: 'throttle', ...amountOf(parseThrottle(step.throttle.cpu)), forMs } as DecideStep;
  }
  if (step.freeze !== undefined) return { kind: 'freeze', forMs: durationMs(step.freeze.for) };
  if (step.thaw !== undefined) return { kind: 'thaw' };
  if (step.terminate !== undefined)
    return {
      kind: 'terminate',
      graceMs: step.terminate.grace === undefined ? DEFAULT_GRACE_MS : durationMs(step.terminate.grace),
    };
  if (step.kill !== undefined) return { kind: 'kill' };
  return { kind: 'notify', message: step.notify?.message ?? '' };
}

function amountOf<T extends object>(parsed: T | { valid: string }): T {
  if ('valid' in parsed) throw new RangeError(`a policy that did not parse: ${String(parsed.valid)}`);
  return parsed;
}

function settingOf(path: string, value: number | string): DecideSetting {
  const factor = parseRelative(value);
  if (factor !== undefined) return { factor };
  const [group = '', key = ''] = path.split('.');
  const limits = parseLimits({ [group]: { [key]: value } } as LimitsInput, '', () => ({ major: 0, minor: 0 }));
  const to = limitEntries(limits).find((entry) => entry.path === path)?.value;
  return { to: to as number | 'max' };
}
