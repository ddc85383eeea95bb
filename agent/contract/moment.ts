import { type Static, Type } from 'typebox';
import type { Signals as SnapshotSignals } from './snapshot.js';

const Signals = Type.Unsafe<SnapshotSignals>(
  Type.Record(Type.String(), Type.Number(), {
    description: 'Signal (docs/rules.md) to value in its unit; absent: there was none.',
  }),
);
const TimeOrNull = Type.Union([Type.String(), Type.Null()]);
const Bytes = Type.Optional(Type.Number());

/** A container as it was at one recorded tick. */
export const ContainerMoment = Type.Object({
  id: Type.String(),
  name: Type.String(),
  image: Type.String(),
  labels: Type.Record(Type.String(), Type.String()),
  runtime: Type.String(),
  cgroup: Type.String(),
  frozen: Type.Boolean(),
  ending: Type.Boolean({ description: 'Somebody had asked it to stop.' }),
  limits: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
    description: 'Limits that were wanted, by path (`memory.max`).',
  }),
  signals: Signals,
  memory: Type.Object({
    currentBytes: Bytes,
    minBytes: Bytes,
    lowBytes: Bytes,
    swapBytes: Bytes,
    unreclaimableBytes: Bytes,
    someTotalUsec: Type.Optional(Type.Number()),
    pgscan: Type.Optional(Type.Number()),
    oomGroup: Type.Optional(Type.Boolean()),
  }),
});

/** The node and all containers that ran, as one recorded tick saw them. */
export const MomentView = Type.Object(
  {
    at: Type.String({ description: 'The tick: the last one at or before what was asked for, else the first there is.' }),
    previous: TimeOrNull,
    next: TimeOrNull,
    node: Type.Object({
      signals: Signals,
      memTotalBytes: Type.Number(),
      cpus: Type.Number(),
      busyCores: Type.Optional(Type.Number()),
    }),
    containers: Type.Array(ContainerMoment),
  },
  { $id: 'MomentView' },
);
export type MomentView = Static<typeof MomentView>;
export type ContainerMoment = Static<typeof ContainerMoment>;
