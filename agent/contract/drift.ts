import { type Static, Type } from 'typebox';

const Value = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

/** How a drift was noticed: fanotify told of the write, or the periodic look at all limits found it. */
export type DriftCause = 'fanotify' | 'scan';
const Cause = Type.Unsafe<DriftCause>(
  Type.String({ description: '`fanotify` (told of the write as it happened) or `scan` (found by the periodic look).' }),
);

/** Who wrote to a container's limits. What is absent could not be read any more. */
export const DriftWriter = Type.Object({
  pid: Type.Number({ description: "In the agent's pid namespace; 0: outside of it." }),
  gone: Type.Boolean({ description: 'It had ended before it could be looked at.' }),
  comm: Type.Optional(Type.String()),
  exe: Type.Optional(Type.String()),
  cmdline: Type.Optional(Type.String({ description: 'The beginning of it.' })),
  uid: Type.Optional(Type.Number()),
  cgroup: Type.Optional(Type.String()),
  container: Type.Optional(Type.String({ description: 'Name of the container it runs in, where it is one that is governed.' })),
});
export type DriftWriter = Static<typeof DriftWriter>;

/** One limit that somebody else changed, and that was put back. */
export const DriftRecord = Type.Object({
  time: Type.String(),
  field: Type.String(),
  from: Value,
  to: Value,
  source: Type.Union([Type.String(), Type.Null()], { description: 'What set the limit: `run`, `policy/NAME`, `override` …' }),
  cause: Cause,
  writer: Type.Union([DriftWriter, Type.Null()], { description: 'null: not known (a scan sees no writer).' }),
  repaired: Type.Boolean(),
  repairMs: Type.Number({ description: 'From the notice to the kernel having the limit again.' }),
  error: Type.Optional(Type.String()),
});
export type DriftRecord = Static<typeof DriftRecord>;

/** Somebody else writes a limit again and again. */
export const DriftWar = Type.Object({
  field: Type.String(),
  since: Type.String(),
  drifts: Type.Number({ description: 'Times it was put back since.' }),
  backOffMs: Type.Number({ description: 'How long the other value is let stand between two repairs.' }),
  writer: Type.Union([DriftWriter, Type.Null()]),
});
export type DriftWar = Static<typeof DriftWar>;

export const DriftView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    watching: Type.Unsafe<DriftCause>(Type.String({ description: 'How drifts are noticed here: `fanotify`, or `scan` alone.' })),
    total: Type.Number({ description: 'All drifts the agent saw of it.' }),
    drifts: Type.Array(DriftRecord, { description: 'The last 100, oldest first.' }),
    wars: Type.Array(DriftWar),
  },
  { $id: 'DriftView' },
);
export type DriftView = Static<typeof DriftView>;
