import { type Static, Type } from 'typebox';
import { LimitsView } from './limits.js';

/** created: never started, or being started; dead: its end is unknown or it could not be cleaned up; removing is never shown. */
export const ContainerStatus = Type.Union(
  ['created', 'running', 'frozen', 'exited', 'dead'].map((word) =>
    Type.Literal(word as 'created' | 'running' | 'frozen' | 'exited' | 'dead'),
  ),
);
export type ContainerStatus = 'created' | 'running' | 'frozen' | 'exited' | 'dead';

/** Something asked that the host cannot carry, or a state an operator should know. */
export const Condition = Type.Object({
  type: Type.String(),
  field: Type.Optional(Type.String()),
  reason: Type.String(),
  message: Type.String(),
});
export type Condition = Static<typeof Condition>;

/** A container as `GET /v1/containers/{ref}` and `inspect --format json` show it. Times are RFC 3339, null where there is none. */
export const ContainerView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    image: Type.String(),
    runtime: Type.String(),
    command: Type.Array(Type.String()),
    labels: Type.Record(Type.String(), Type.String()),
    createdAt: Type.String(),
    state: Type.Object({
      status: Type.Unsafe<ContainerStatus>(ContainerStatus),
      pid: Type.Union([Type.Number(), Type.Null()]),
      exitCode: Type.Union([Type.Number(), Type.Null()]),
      oomKilled: Type.Boolean(),
      startedAt: Type.Union([Type.String(), Type.Null()]),
      finishedAt: Type.Union([Type.String(), Type.Null()]),
      error: Type.Union([Type.String(), Type.Null()]),
    }),
    limits: LimitsView,
    /** Which source set each limit: field (`memory.max`) → `run`, `policy/NAME` or `override`. */
    limitSources: Type.Record(Type.String(), Type.String()),
    conditions: Type.Array(Condition),
    policies: Type.Array(Type.String()),
    cgroups: Type.Record(Type.String(), Type.String()),
    restart: Type.String(),
    restartCount: Type.Number(),
    tty: Type.Boolean(),
    stdin: Type.Boolean(),
    autoRemove: Type.Boolean(),
    stopSignal: Type.String(),
    bundle: Type.String(),
    logPath: Type.Union([Type.String(), Type.Null()]),
  },
  { $id: 'ContainerView' },
);
export type ContainerView = Static<typeof ContainerView>;

/** One event, on `/v1/events` (SSE: `id:` is `id`, `event:` is `type`, `data:` this object). */
export const EventView = Type.Object(
  {
    id: Type.Number(),
    time: Type.String(),
    /** create start exec die oom freeze thaw limit restart stop kill destroy adopt rename stray warning … */
    type: Type.String(),
    container: Type.Optional(
      Type.Object({ id: Type.String(), name: Type.String(), image: Type.String(), runtime: Type.String() }),
    ),
    attributes: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
  },
  { $id: 'EventView' },
);
export type EventView = Static<typeof EventView>;

/** Events still kept, oldest first. */
export const EventPage = Type.Object(
  {
    events: Type.Array(EventView),
    next: Type.Union([Type.String(), Type.Null()], { description: '`lastEventId` of the next page; null: the last.' }),
  },
  { $id: 'EventPage' },
);
export type EventPage = Static<typeof EventPage>;

/** One sample. Counters are since the cgroup was made; a figure the host does not have is absent. */
export const StatsView = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    time: Type.String(),
    cpu: Type.Object({
      usageUsec: Type.Number(),
      userUsec: Type.Optional(Type.Number()),
      systemUsec: Type.Optional(Type.Number()),
      periods: Type.Optional(Type.Number()),
      throttledPeriods: Type.Optional(Type.Number()),
      throttledUsec: Type.Optional(Type.Number()),
      /** Cores used on average over the agent's last tick (before its second: since the previous sample, absent in the first). */
      cores: Type.Optional(Type.Number()),
    }),
    memory: Type.Object({
      currentBytes: Type.Number(),
      peakBytes: Type.Optional(Type.Number()),
      workingSetBytes: Type.Optional(Type.Number()),
      anonBytes: Type.Optional(Type.Number()),
      fileBytes: Type.Optional(Type.Number()),
      swapBytes: Type.Optional(Type.Number()),
      maxBytes: Type.Optional(Type.Number()),
      oomKills: Type.Optional(Type.Number()),
      failCount: Type.Optional(Type.Number()),
    }),
    pids: Type.Object({ current: Type.Optional(Type.Number()), max: Type.Optional(Type.Number()) }),
    io: Type.Object({
      readBytes: Type.Number(),
      writeBytes: Type.Number(),
      reads: Type.Number(),
      writes: Type.Number(),
      devices: Type.Array(
        Type.Object({
          device: Type.String(),
          readBytes: Type.Number(),
          writeBytes: Type.Number(),
          reads: Type.Number(),
          writes: Type.Number(),
        }),
      ),
    }),
    network: Type.Array(
      Type.Object({
        interface: Type.String(),
        receiveBytes: Type.Number(),
        transmitBytes: Type.Number(),
        receivePackets: Type.Number(),
        transmitPackets: Type.Number(),
      }),
    ),
    pressure: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Record(
          Type.String(),
          Type.Object({ avg10: Type.Number(), avg60: Type.Number(), avg300: Type.Number(), totalUsec: Type.Number() }),
        ),
      ),
    ),
  },
  { $id: 'StatsView' },
);
export type StatsView = Static<typeof StatsView>;

/** One line of `plan`: an op of the container's tape. */
export const PlanLine = Type.Object({ index: Type.Number(), op: Type.String(), origin: Type.String(), text: Type.String() });
export type PlanLine = Static<typeof PlanLine>;
