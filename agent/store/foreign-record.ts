import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Limits } from '#runtime/cgroup/limits.js';

const LimitsField = Type.Unsafe<Limits>(Type.Object({}));
const Layers = Type.Array(Type.Object({ source: Type.String(), limits: LimitsField }));

/** `foreign/KEY.json`: what an agent must know of a container that is not ours to go on governing it, and to put back what it found. */
const RecordSchema = Type.Object({
  version: Type.Literal(1),
  runtime: Type.String(),
  id: Type.String(),
  name: Type.String(),
  /** The cgroup it is about, and no later one of the same name. */
  cgroup: Type.Object({ bootId: Type.String(), dir: Type.String(), inode: Type.String() }),
  limits: Type.Object({
    /** What stood before, of what was set by us. */
    run: LimitsField,
    policies: Type.Optional(Layers),
    rules: Type.Optional(Layers),
    override: LimitsField,
  }),
  /** What files said besides. */
  files: Type.Optional(
    Type.Array(Type.Object({ field: Type.String(), controller: Type.String(), file: Type.String(), text: Type.String() })),
  ),
  conditions: Type.Array(
    Type.Object({ type: Type.String(), field: Type.Optional(Type.String()), reason: Type.String(), message: Type.String() }),
  ),
  /** When a freeze with a deadline ends. */
  thawAtMs: Type.Union([Type.Number(), Type.Null()]),
  /** How long that freeze was to be. */
  thawForMs: Type.Optional(Type.Number()),
});
export type ForeignRecord = Static<typeof RecordSchema>;

const check = Compile(RecordSchema);

/** A record from its text; throws Error with what is wrong. */
export function parseForeignRecord(text: string): ForeignRecord {
  const value: unknown = JSON.parse(text);
  if (check.Check(value)) return value;
  const first = check.Errors(value)[0];
  throw new Error(first === undefined ? 'not a record' : `${first.instancePath} ${first.message}`);
}
