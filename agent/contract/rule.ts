import { type Static, Type } from 'typebox';
import { PolicyMatch } from './policy-match.js';
import { closed, Duration, form } from './schema-forms.js';

/** A condition of a rule: a signal and its bound, or several conditions. */
export interface RuleCondition {
  signal?: string;
  above?: number | string;
  below?: number | string;
  until?: number | string;
  for?: number | string;
  all?: RuleCondition[];
  any?: RuleCondition[];
}
const bound = (description: string) => ({ anyOf: [{ type: 'number' }, { type: 'string' }], description });
const RuleCondition = Type.Unsafe<RuleCondition>({
  $id: 'RuleCondition',
  type: 'object',
  rule: 'condition',
  description: 'A signal with `above` or `below` and perhaps `for`; or `all` or `any` of a list of conditions.',
  properties: {
    signal: { type: 'string', form: 'signal', description: 'See Signals.' },
    above: bound("A number or an amount in the signal's unit, such as 20%, 512MiB or 30ms."),
    below: bound("A number or an amount in the signal's unit, such as 20%, 512MiB or 30ms."),
    until: bound('Hysteresis: once it holds, it holds until the signal is at this bound, written as `above` is.'),
    for: { anyOf: [{ type: 'number' }, { type: 'string' }], form: 'duration', description: 'Without a break for this long.' },
    all: { type: 'array', items: { $ref: 'RuleCondition' }, minItems: 1, description: 'All of these.' },
    any: { type: 'array', items: { $ref: 'RuleCondition' }, minItems: 1, description: 'One of these.' },
  },
  additionalProperties: false,
});

const amount = (options: ReturnType<typeof form>) => Type.Union([Type.Number(), Type.String()], options);

/** One act of a rule; agent/policy/actions.ts has the vocabulary. */
export const RuleAction = Type.Object(
  {
    notify: Type.Optional(Type.Object({ message: Type.Optional(Type.String()) }, { ...closed, description: 'An event.' })),
    reclaim: Type.Optional(amount(form('reclaim', 'Memory to take back: `10%` of what it uses, or a size.'))),
    set: Type.Optional(
      Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()]), {
        minProperties: 1,
        rule: 'set',
        description: 'Limits by name to a value, or by `+n%` or `-n%` of what they are.',
      }),
    ),
    throttle: Type.Optional(
      Type.Object(
        { cpu: amount(form('cores', 'Cores, or `50%` of what it uses.')), for: Type.Optional(Duration) },
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

export const RULE_KINDS = ['when', 'oomd', 'thrash', 'senpai'] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** By what a rule picks one of several containers. */
export const VICTIM_ORDERS = ['growth', 'size', 'pressure', 'swap', 'scans'] as const;
export type VictimOrder = (typeof VICTIM_ORDERS)[number];

/** By what pressure an oomd rule acts: the node's, or each container's own. */
export const OOMD_SCOPES = ['node', 'container'] as const;

const words = <T extends string>(values: readonly T[], description: string) =>
  Type.Optional(Type.Unsafe<T>({ type: 'string', enum: values, description }));

/** One rule; which of the fields a kind has is checked by agent/policy/rule-fields.ts. */
export const PolicyRule = Type.Object(
  {
    name: Type.String(form('name', 'Unique in the policy.')),
    kind: words(RULE_KINDS, '`when` (default): as `when` and `do` say; else ready-made, see docs/rules.md.'),
    when: Type.Optional(RuleCondition),
    do: Type.Optional(
      Type.Array(RuleAction, {
        minItems: 1,
        description: 'In this order: each further step only if the condition still holds once the one before had time to work.',
      }),
    ),
    cooldown: Type.Optional(
      Type.Union(
        [Type.Number(), Type.String()],
        form('duration', 'From the last step until the first may come again; default 30s (oomd: 15s).'),
      ),
    ),
    victims: Type.Optional(
      Type.Object(
        {
          by: words(VICTIM_ORDERS, 'Who is first; default growth (oomd: scans, for swap: swap).'),
          prefer: Type.Optional(PolicyMatch),
          avoid: Type.Optional(PolicyMatch),
        },
        { ...closed, minProperties: 1, description: 'Which container a rule on `node.` signals acts on.' },
      ),
    ),
    pressure: Type.Optional(amount(form('percent', 'oomd: memory.full.avg10 above this; default 60%.'))),
    of: words(OOMD_SCOPES, "oomd: the node's pressure (default), or each container's own."),
    for: Type.Optional(amount(form('duration', 'oomd, thrash: without a break for this long; default 30s.'))),
    swapFree: Type.Optional(amount(form('percent', 'oomd: also when less swap and memory than this are free.'))),
    events: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e9, description: 'thrash: more memory.events high or max a second; default 100.' }),
    ),
    refaults: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e9, description: 'thrash: more refaults a second than this; default 1000.' }),
    ),
    target: Type.Optional(amount(form('duration', 'senpai: time stalled in an interval that is aimed at; default 10ms.'))),
    interval: Type.Optional(amount(form('duration', 'senpai: between two probes; default 6s.'))),
    floor: Type.Optional(
      amount(form('bytes', 'senpai: memory.high is never below this and what cannot be reclaimed; default 100MiB.')),
    ),
  },
  { ...closed, rule: 'rule' },
);
export type PolicyRule = Static<typeof PolicyRule>;
