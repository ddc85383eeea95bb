import { type Static, Type } from 'typebox';

const Counts = Type.Array(Type.Number(), {
  description:
    'How many since the cgroup was made: the first under 2 µs, then each slot twice as long as the one before; the last also all above.',
});

/** How long a container's tasks waited for a CPU and its requests for a disk, as BPF programs count it. */
export const LatencyView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    runQueue: Type.Union([Counts, Type.Null()], { description: 'null: not known (yet), or without BPF.' }),
    blockIo: Type.Array(
      Type.Object({ device: Type.String({ description: 'MAJ:MIN.' }), operation: Type.String(), counts: Counts }),
      {
        description: 'A device and operation each; empty: no request was seen, or without BPF.',
      },
    ),
    off: Type.Array(Type.Object({ collector: Type.String(), reason: Type.String() }), {
      description: 'What of it does not run, and why.',
    }),
  },
  { $id: 'LatencyView' },
);
export type LatencyView = Static<typeof LatencyView>;
