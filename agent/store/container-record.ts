import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Limits } from '#runtime/cgroup/limits.js';
import type { ContainerConfig } from '#runtime/spec/container-config.js';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) => Type.Union([type, Type.Null()]);

/**
 * Where a run stands, as the disk knows it. `starting` is written before the shim exists and `running` once the command was
 * exec'ed: both mean that something of it may be alive.
 */
const RunState = Type.Object({
  phase: Type.Unsafe<Phase>(Type.Union(['created', 'starting', 'running', 'exited', 'dead'].map((word) => Type.Literal(word)))),
  startedAtMs: Nullable(Type.Number()),
  finishedAtMs: Nullable(Type.Number()),
  exitCode: Nullable(Type.Number()),
  oomKilled: Type.Boolean(),
  error: Nullable(Type.String()),
});
export type Phase = 'created' | 'starting' | 'running' | 'exited' | 'dead';

const Layers = Type.Array(Type.Object({ source: Type.String(), limits: Type.Unsafe<Limits>(Type.Object({})) }));

/** `container.json`: all of a container that an agent must know to go on with it. Times are ms since the epoch. */
const RecordSchema = Type.Object({
  version: Type.Literal(1),
  id: Type.String(),
  name: Type.String(),
  image: Type.String(),
  createdAtMs: Type.Number(),
  command: Type.Array(Type.String()),
  labels: Type.Record(Type.String(), Type.String()),
  tty: Type.Boolean(),
  stdin: Type.Boolean(),
  autoRemove: Type.Boolean(),
  restart: Type.String(),
  stopSignal: Type.String(),
  /** -1: no SIGKILL. */
  stopTimeoutMs: Type.Number(),
  cgroupPath: Type.String(),
  /** By whom: what `run` asked, the policies in force with their schedules, what their rules hold (weakest first), and the override of `limit`. */
  limits: Type.Object({
    run: Type.Unsafe<Limits>(Type.Object({})),
    policies: Type.Optional(Layers),
    rules: Type.Optional(Layers),
    override: Type.Unsafe<Limits>(Type.Object({})),
  }),
  conditions: Type.Array(
    Type.Object({ type: Type.String(), field: Type.Optional(Type.String()), reason: Type.String(), message: Type.String() }),
  ),
  /** Present when config.json must be made anew at each start, because it names another container's namespaces. */
  config: Type.Optional(Type.Unsafe<ContainerConfig>(Type.Object({}))),
  state: RunState,
  /** A person asked it to stop. */
  stopped: Type.Boolean(),
  restartCount: Type.Number(),
  /** Back-off before the present run; null when a person started it. */
  restartDelayMs: Nullable(Type.Number()),
  /** A restart by policy is due. */
  restartDue: Type.Boolean(),
  /** When a freeze with a deadline ends. */
  thawAtMs: Nullable(Type.Number()),
  /** How long that freeze was to be. */
  thawForMs: Type.Optional(Type.Number()),
});
export type ContainerRecord = Static<typeof RecordSchema>;

const check = Compile(RecordSchema);

/** A record from the text of `container.json`; throws Error with what is wrong. */
export function parseContainerRecord(text: string): ContainerRecord {
  const value: unknown = JSON.parse(text);
  if (check.Check(value)) return value;
  const first = check.Errors(value)[0];
  throw new Error(first === undefined ? 'not a container record' : `${first.instancePath} ${first.message}`);
}
