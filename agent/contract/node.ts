import { type Static, Type } from 'typebox';
import { Condition } from './container.js';

/** One thing the host offers or lacks, as `doctor` shows it. */
export const HostFeature = Type.Object({
  name: Type.String(),
  group: Type.String(),
  status: Type.Union([Type.Literal('ok'), Type.Literal('degraded'), Type.Literal('missing')]),
  detail: Type.String(),
  /** Without it nothing runs; `doctor` fails. */
  essential: Type.Boolean(),
  /** What it costs to lack it; empty when ok. */
  cost: Type.String(),
  /** How to get it; empty when ok. */
  remedy: Type.String(),
});
export type HostFeature = Static<typeof HostFeature>;

const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const NumberOrNull = Type.Union([Type.Number(), Type.Null()]);

/** What the machine says it is made of; null or empty where it does not. */
export const HardwareView = Type.Object({
  vendor: TextOrNull,
  product: TextOrNull,
  cpu: Type.Object({
    model: TextOrNull,
    vendor: TextOrNull,
    sockets: NumberOrNull,
    cores: NumberOrNull,
    threads: Type.Number(),
  }),
  memoryModules: Type.Array(
    Type.Object({
      slot: TextOrNull,
      sizeBytes: Type.Number(),
      type: TextOrNull,
      megatransfersPerSecond: NumberOrNull,
      manufacturer: TextOrNull,
      partNumber: TextOrNull,
    }),
  ),
  disks: Type.Array(
    Type.Object({
      name: Type.String(),
      sizeBytes: Type.Number(),
      model: TextOrNull,
      rotational: Type.Boolean(),
      removable: Type.Boolean(),
    }),
  ),
});
export type HardwareView = Static<typeof HardwareView>;

/** `GET /v1/node`. */
export const NodeView = Type.Object(
  {
    version: Type.String(),
    hostname: Type.String(),
    kernel: Type.String(),
    architecture: Type.String(),
    os: Type.String(),
    cpus: Type.Number(),
    memoryBytes: Type.Number(),
    swapBytes: Type.Number(),
    hardware: HardwareView,
    cgroup: Type.Object({
      mode: Type.Union([Type.Literal('v1'), Type.Literal('v2'), Type.Literal('hybrid')]),
      /** controller → `v1`, `v2` or `none`. */
      controllers: Type.Record(Type.String(), Type.String()),
      parent: Type.String(),
    }),
    root: Type.String(),
    state: Type.String(),
    listen: Type.Union([Type.String(), Type.Null()]),
    socket: Type.String(),
    pid: Type.Number(),
    startedAt: Type.String(),
    containers: Type.Object({ total: Type.Number(), running: Type.Number(), frozen: Type.Number(), stopped: Type.Number() }),
    features: Type.Array(HostFeature),
    conditions: Type.Array(Condition),
  },
  { $id: 'NodeView' },
);
export type NodeView = Static<typeof NodeView>;
