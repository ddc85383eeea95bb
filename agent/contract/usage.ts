import { type Static, Type } from 'typebox';
import { type ContainerStatus, ContainerStatus as Status } from './container.js';

const Signals = Type.Record(Type.String(), Type.Number(), {
  description: 'By signal (docs/rules.md), in its unit; absent: the host or this moment has none.',
});

/** One container as the agent's last tick saw it. */
export const ContainerUsage = Type.Object({
  id: Type.String(),
  name: Type.String(),
  image: Type.String(),
  runtime: Type.String(),
  status: Type.Unsafe<ContainerStatus>(Status),
  restartCount: Type.Number(),
  policies: Type.Array(Type.String()),
  drifts: Type.Number({ description: 'Changes of its limits by others since the agent started.' }),
  limits: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String(), Type.Boolean()]), {
    description: 'By path (`memory.max`): bytes, cores and counts as numbers, `max`: no limit.',
  }),
  signals: Signals,
  network: Type.Optional(
    Type.Object(
      { receiveBytes: Type.Number(), transmitBytes: Type.Number() },
      { description: 'Of its own network namespace, without loopback, since that was made; only where asked for.' },
    ),
  ),
});
export type ContainerUsage = Static<typeof ContainerUsage>;

/** `GET /v1/stats`: the node and all containers at one time. */
export const UsageView = Type.Object(
  {
    time: Type.String({ description: 'Of the request.' }),
    tickTime: Type.Union([Type.String(), Type.Null()], { description: 'Of the tick that `signals` are of; null: none yet.' }),
    node: Type.Object({
      hostname: Type.String(),
      cpus: Type.Array(
        Type.Object({ busyUsec: Type.Number(), idleUsec: Type.Number() }, { description: 'Since boot; idle includes iowait.' }),
      ),
      busyCores: Type.Optional(Type.Number()),
      memTotalBytes: Type.Number(),
      memAvailableBytes: Type.Optional(Type.Number()),
      swapTotalBytes: Type.Number(),
      swapFreeBytes: Type.Number(),
      load: Type.Array(Type.Number(), { description: 'Over 1, 5 and 15 minutes.' }),
      signals: Signals,
    }),
    containers: Type.Array(ContainerUsage),
  },
  { $id: 'UsageView' },
);
export type UsageView = Static<typeof UsageView>;

export interface UsageQuery {
  runtimes: readonly string[] | 'all';
  /** Ids of the containers whose network counters are read, which costs more than all else. */
  network: readonly string[] | 'all';
  /** Names of the containers' signals that are wanted; absent: all. */
  signals?: readonly string[];
}
