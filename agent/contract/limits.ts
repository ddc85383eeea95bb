import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const Size = Type.Union([Type.Number(), Type.String()], {
  description: 'Bytes as a number, or with k m g, KiB MiB GiB; `max` for no limit.',
});
const Duration = Type.Union([Type.Number(), Type.String()], { description: 'With ms s m h; a bare number is seconds.' });
const Count = Type.Union([Type.Number(), Type.String()], { description: 'A number, or `max`.' });

const ioDevice = {
  device: Type.String({ description: 'A device node, MAJ:MIN, or any path on it.' }),
  readBps: Type.Optional(Size),
  writeBps: Type.Optional(Size),
  readIops: Type.Optional(Count),
  writeIops: Type.Optional(Count),
  latency: Type.Optional(
    Type.Union([Type.Number(), Type.String()], {
      description: 'Others on the disk are slowed down while its requests take longer on average; a duration, or `max`.',
    }),
  ),
};
const IoDevice = Type.Object(ioDevice, closed);
/** The whole disk that was found. */
const Disk = Type.Object(
  {
    number: Type.String({ description: 'MAJ:MIN.' }),
    name: Type.Optional(Type.String({ description: "The kernel's name of it, `vda`." })),
    via: Type.Optional(Type.Array(Type.String(), { description: 'How it was found, from what was asked on.' })),
  },
  closed,
);
const IoDeviceView = Type.Object({ ...ioDevice, disk: Disk }, closed);

const io = {
  weight: Type.Optional(Type.Number({ description: 'A whole number from 1 to 10000.' })),
  blkioWeight: Type.Optional(Type.Number({ description: "cgroup v1's own number, 10 to 1000." })),
};

/**
 * Limits as users write them, in a policy file, a create body or a PATCH: v2's words, sizes and times with units. Unknown fields
 * are refused. agent/containers/limits-parse.ts turns them into runtime Limits and back.
 */
export const LimitsInput = Type.Object(
  {
    cpu: Type.Optional(
      Type.Object(
        {
          max: Type.Optional(Type.Union([Type.Number(), Type.String()], { description: 'Cores, or `max`.' })),
          period: Type.Optional(
            Type.Union([Type.Number(), Type.String()], { description: 'From 1ms to 1s; a bare number is seconds.' }),
          ),
          burst: Type.Optional(Duration),
          weight: Type.Optional(Type.Number({ description: 'A whole number from 1 to 10000.' })),
          shares: Type.Optional(Type.Number({ description: "cgroup v1's own number, 2 to 262144; converted to weight on v2." })),
          idle: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
    cpuset: Type.Optional(
      Type.Object(
        {
          cpus: Type.Optional(Type.String({ description: 'A list of CPUs such as "0-2,4", in quotes.' })),
          mems: Type.Optional(Type.String({ description: 'A list of memory nodes such as "0", in quotes.' })),
          partition: Type.Optional(
            Type.Union([Type.Literal('member'), Type.Literal('root'), Type.Literal('isolated')], {
              description: 'Whether its CPUs are its own: a scheduling domain, also without load balancing, or its parent’s too.',
            }),
          ),
        },
        closed,
      ),
    ),
    memory: Type.Optional(
      Type.Object(
        {
          max: Type.Optional(Size),
          high: Type.Optional(Size),
          low: Type.Optional(Size),
          min: Type.Optional(Size),
          swap: Type.Optional(Size),
          oomGroup: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
    io: Type.Optional(Type.Object({ ...io, devices: Type.Optional(Type.Array(IoDevice)) }, closed)),
    pids: Type.Optional(Type.Object({ max: Type.Optional(Count) }, closed)),
    hugetlb: Type.Optional(Type.Record(Type.String(), Size)),
    state: Type.Optional(Type.Union([Type.Literal('thawed'), Type.Literal('frozen')])),
  },
  { ...closed, $id: 'LimitsInput' },
);
export type LimitsInput = Static<typeof LimitsInput>;

/**
 * Limits in force, read from the kernel: the same words; bytes, cores and counts as numbers (`max`: no limit), times as `100ms`; and which
 * disk each device is.
 */
export const LimitsView = Type.Object(
  {
    ...LimitsInput.properties,
    io: Type.Optional(Type.Object({ ...io, devices: Type.Optional(Type.Array(IoDeviceView)) }, closed)),
  },
  { ...closed, $id: 'LimitsView' },
);
export type LimitsView = Static<typeof LimitsView>;
