import { type Static, Type } from 'typebox';
import { Condition } from './container.js';
import { LimitsInput } from './limits.js';

const closed = { additionalProperties: false };

export const RUNTIMES = [
  'tsgov',
  'docker',
  'podman',
  'containerd',
  'kubernetes',
  'crio',
  'lxc',
  'nspawn',
  'systemd',
  'other',
] as const;

/** Keywords of ours in the schema, which agent/policy/forms.ts checks: `form` of a value, whole-object `rule`s. */
const form = (name: string, description: string) => ({ form: name, description });
const Duration = Type.Union([Type.Number(), Type.String()], form('duration', 'Seconds, or with ms s m h.'));
const Globs = (name: string, description: string) =>
  Type.Union([Type.String(form(name, '')), Type.Array(Type.String(form(name, '')), { minItems: 1 })], { description });

/** Which containers a policy is for: every key given must match; a list is any-of; values are globs. */
export const PolicyMatch = Type.Object(
  {
    name: Type.Optional(Globs('glob', 'The name of the container.')),
    image: Type.Optional(Globs('glob', 'Its image; `*` also crosses `/`.')),
    label: Type.Optional(
      Type.Record(Type.String(), Globs('glob', ''), {
        description: 'Labels it must all have, each with such a value.',
        minProperties: 1,
      }),
    ),
    runtime: Type.Optional(Globs('runtime', `Who runs it: ${RUNTIMES.join(', ')}.`)),
    cgroup: Type.Optional(Globs('glob', 'Its cgroup path; `*` stops at `/`, `**` does not.')),
  },
  {
    ...closed,
    minProperties: 1,
    description: 'Every key given must match; a list is any-of; globs. `name: "*"` is every container.',
  },
);
export type PolicyMatch = Static<typeof PolicyMatch>;

/** A condition of a rule: a signal and its bound, or several conditions. */
export interface RuleCondition {
  signal?: string;
  above?: number | string;
  below?: number | string;
  for?: number | string;
  all?: RuleCondition[];
  any?: RuleCondition[];
}
const RuleCondition = Type.Unsafe<RuleCondition>({
  $id: 'RuleCondition',
  type: 'object',
  rule: 'condition',
  description: 'A signal with `above` or `below` and perhaps `for`; or `all` or `any` of a list of conditions.',
  properties: {
    signal: { type: 'string', form: 'signal', description: 'See Signals.' },
    above: { anyOf: [{ type: 'number' }, { type: 'string' }], description: "In the signal's unit." },
    below: { anyOf: [{ type: 'number' }, { type: 'string' }], description: "In the signal's unit." },
    for: { anyOf: [{ type: 'number' }, { type: 'string' }], form: 'duration', description: 'Without a break for this long.' },
    all: { type: 'array', items: { $ref: 'RuleCondition' }, minItems: 1, description: 'All of these.' },
    any: { type: 'array', items: { $ref: 'RuleCondition' }, minItems: 1, description: 'One of these.' },
  },
  additionalProperties: false,
});

const Share = [Type.Number(), Type.String()];

/** One act of a rule; agent/policy/actions.ts has the vocabulary. */
export const RuleAction = Type.Object(
  {
    notify: Type.Optional(Type.Object({ message: Type.Optional(Type.String()) }, { ...closed, description: 'An event.' })),
    reclaim: Type.Optional(Type.Union(Share, form('reclaim', 'Memory to take back: `10%` of what it uses, or a size.'))),
    set: Type.Optional(
      Type.Record(Type.String(), Type.Union(Share), {
        minProperties: 1,
        rule: 'set',
        description: 'Limits by name to a value, or by `+n%` or `-n%` of what they are.',
      }),
    ),
    throttle: Type.Optional(
      Type.Object(
        { cpu: Type.Union(Share, form('cores', 'Cores, or `50%` of what it uses.')), for: Type.Optional(Duration) },
        { ...closed, description: 'Less CPU for a while.' },
      ),
    ),
    freeze: Type.Optional(Type.Object({ for: Duration }, { ...closed, description: 'Stopped, and thawed after this long.' })),
    thaw: Type.Optional(Type.Object({}, { ...closed, description: 'Lets it go on.' })),
    terminate: Type.Optional(
      Type.Object({ grace: Type.Optional(Duration) }, { ...closed, description: 'SIGTERM, and SIGKILL after `grace` (10s).' }),
    ),
    kill: Type.Optional(Type.Object({}, { ...closed, description: 'SIGKILL.' })),
  },
  { ...closed, minProperties: 1, maxProperties: 1 },
);
export type RuleAction = Static<typeof RuleAction>;

export const PolicyRule = Type.Object(
  {
    name: Type.String(form('name', 'Unique in the policy.')),
    when: RuleCondition,
    do: Type.Array(RuleAction, { minItems: 1, description: 'In this order.' }),
    cooldown: Type.Optional(Duration),
  },
  closed,
);
export type PolicyRule = Static<typeof PolicyRule>;

export const PolicySchedule = Type.Object(
  {
    cron: Type.String(form('cron', 'Five fields: minute hour day-of-month month day-of-week.')),
    for: Duration,
    limits: LimitsInput,
  },
  closed,
);
export type PolicySchedule = Static<typeof PolicySchedule>;

export const ENFORCE = ['enforce', 'observe', 'off'] as const;
export type Enforce = (typeof ENFORCE)[number];

/** One document of a policy file. docs/policies.md is generated from this. */
export const PolicyDocument = Type.Object(
  {
    apiVersion: Type.Literal('tsgov/v1'),
    kind: Type.Literal('Policy'),
    metadata: Type.Object({ name: Type.String(form('name', 'Letters, digits and `. _ -`, at most 63.')) }, closed),
    spec: Type.Object(
      {
        priority: Type.Optional(
          Type.Integer({
            minimum: -1_000_000,
            maximum: 1_000_000,
            description: 'Where several match, the higher one wins, field by field; default 0.',
          }),
        ),
        enforce: Type.Optional(
          Type.Unsafe<Enforce>({
            type: 'string',
            enum: ENFORCE,
            description: 'enforce (default), observe (report what it would do) or off.',
          }),
        ),
        match: PolicyMatch,
        limits: Type.Optional(LimitsInput),
        schedule: Type.Optional(Type.Array(PolicySchedule)),
        rules: Type.Optional(Type.Array(PolicyRule)),
      },
      closed,
    ),
  },
  closed,
);
export type PolicyDocument = Static<typeof PolicyDocument>;

/** What is wrong with a policy file, and where; lines and columns count from 1. */
export const PolicyIssue = Type.Object(
  {
    file: Type.String(),
    line: Type.Number(),
    column: Type.Number(),
    field: Type.String({ description: 'Dotted path, empty where the text is no YAML.' }),
    reason: Type.String(),
    valid: Type.String({ description: 'What would be valid.' }),
  },
  { $id: 'PolicyIssue' },
);
export type PolicyIssue = Static<typeof PolicyIssue>;

/** A policy in force. */
export const PolicyView = Type.Object(
  {
    name: Type.String(),
    source: Type.String({ description: '`api`, or the file it is in.' }),
    priority: Type.Number(),
    enforce: Type.Unsafe<Enforce>(Type.String()),
    spec: Type.Unsafe<PolicyDocument['spec']>({ type: 'object', description: 'As in the policy file.' }),
    containers: Type.Array(Type.String(), { description: 'Names of the containers it matches now.' }),
    conditions: Type.Array(Condition),
    text: Type.String({ description: 'The document as it was written.' }),
  },
  { $id: 'PolicyView' },
);
export type PolicyView = Static<typeof PolicyView>;

/** A file of policies.d that is not in force as it stands; `lastGood`: what it said before still is. */
export const RefusedFile = Type.Object(
  { file: Type.String(), since: Type.String(), lastGood: Type.Boolean(), issues: Type.Array(PolicyIssue) },
  { $id: 'RefusedFile' },
);
export type RefusedFile = Static<typeof RefusedFile>;

export const PolicyList = Type.Object(
  { policies: Type.Array(PolicyView), refused: Type.Array(RefusedFile) },
  { $id: 'PolicyList' },
);
export type PolicyList = Static<typeof PolicyList>;

export const PolicyValidation = Type.Object(
  {
    valid: Type.Boolean(),
    policies: Type.Array(Type.Object({ name: Type.String(), text: Type.String() })),
    issues: Type.Array(PolicyIssue),
  },
  { $id: 'PolicyValidation' },
);
export type PolicyValidation = Static<typeof PolicyValidation>;

/** One limit of one container that would be another; null: not set. */
export const PolicyChange = Type.Object({
  field: Type.String(),
  from: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  fromSource: Type.Union([Type.String(), Type.Null()]),
  to: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]),
  toSource: Type.Union([Type.String(), Type.Null()]),
  observed: Type.Boolean({ description: 'Only reported: the policy observes.' }),
});
export type PolicyChange = Static<typeof PolicyChange>;

export const PolicyDiff = Type.Object(
  {
    issues: Type.Array(PolicyIssue),
    containers: Type.Array(Type.Object({ id: Type.String(), name: Type.String(), changes: Type.Array(PolicyChange) })),
  },
  { $id: 'PolicyDiff' },
);
export type PolicyDiff = Static<typeof PolicyDiff>;

/** What the HTTP API needs of the policies; agent/policy implements it. Rejects with TsgovErrors of ./errors.ts. */
export interface PolicyBackend {
  list(): PolicyList;
  get(name: string): PolicyView;
  /** Replaces or adds; in force on every container it matches (or reported there) when it resolves. */
  put(name: string, text: string): Promise<PolicyView>;
  remove(name: string): Promise<void>;
  validate(text: string, file: string): PolicyValidation;
  diff(text: string, file: string): PolicyDiff;
}
