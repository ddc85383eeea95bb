import { type Static, Type } from 'typebox';
import { Condition } from './container.js';
import { LimitsInput } from './limits.js';
import { PolicyMatch } from './policy-match.js';
import { PolicyRule } from './rule.js';
import { closed, form } from './schema-forms.js';

export const PolicySchedule = Type.Object(
  {
    cron: Type.String(form('cron', 'Five fields: minute hour day-of-month month day-of-week.')),
    for: Type.Union([Type.Number(), Type.String()], form('span', '')),
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
    nextEdge: Type.Optional(
      Type.Object(
        { at: Type.String(), cron: Type.String(), opens: Type.Boolean({ description: 'A window begins; else one ends.' }) },
        { description: 'When what its schedule says changes next.' },
      ),
    ),
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
    policies: Type.Array(
      Type.Object({
        name: Type.String(),
        text: Type.String(),
        line: Type.Number({ description: 'Where its name stands in the file.' }),
        column: Type.Number(),
      }),
    ),
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
