import type { Readable, Writable } from 'node:stream';
import type { ContainerView, EventView, PlanLine, StatsView } from './container.js';
import type { CreateBody, Created, ExecBody } from './create.js';
import type { DriftView } from './drift.js';
import type { LimitsInput, LimitsView } from './limits.js';
import type { LimitsPlan } from './limits-plan.js';

/** A live attach or exec session; whoever holds it must call close() or wait for `exit`. */
export interface StreamSession {
  readonly stdout: Readable;
  /** Empty and ended at once with a tty. */
  readonly stderr: Readable;
  /** Absent when the container has no stdin or the session did not ask for it. */
  readonly stdin: Writable | undefined;
  /** The exit code (128+n for signals); for attach the container's. Rejects with an AgentError when it could not run. */
  readonly exit: Promise<{ exitCode: number }>;
  resize(rows: number, cols: number): void;
  /** Detach: the process goes on. */
  close(): void;
}

export interface LogOptions {
  follow: boolean;
  /** Last n lines; undefined: all. */
  tail: number | undefined;
  /** RFC 3339, or undefined. */
  since: string | undefined;
  until: string | undefined;
}
export interface LogLine {
  /** RFC 3339 with nanoseconds, as the shim wrote it. */
  time: string;
  stream: 'stdout' | 'stderr';
  /** Raw bytes, the newline included where there was one. */
  data: Buffer;
}

/**
 * What the HTTP API needs of the containers; agent/containers implements it, agent/api only translates. `ref` is a name, an id, or
 * the unambiguous start of an id. Everything rejects with TsgovErrors whose codes are in ./errors.ts.
 */
export interface ContainerBackend {
  create(body: CreateBody): Promise<Created>;
  /** Resolves when the command has been exec'ed. */
  start(ref: string): Promise<void>;
  stop(ref: string, options: { timeoutMs?: number; signal?: string }): Promise<void>;
  kill(ref: string, signal: string): Promise<void>;
  restart(ref: string, options: { timeoutMs?: number; signal?: string }): Promise<void>;
  freeze(ref: string, options: { forMs?: number }): Promise<void>;
  thaw(ref: string): Promise<void>;
  /** Resolves at the next stop (or at once when it is not running); `removed`: when it is gone (--rm). */
  wait(ref: string, condition: 'not-running' | 'next-exit' | 'removed', signal: AbortSignal): Promise<{ exitCode: number }>;
  remove(ref: string, options: { force: boolean }): Promise<void>;
  rename(ref: string, name: string): Promise<void>;
  /** Ours; with `runtimes` those of these runtimes (`tsgov` is ours), or everybody's. */
  list(runtimes?: readonly string[] | 'all'): ContainerView[];
  inspect(ref: string): ContainerView;
  limits(ref: string): LimitsView;
  /** A recorded override, written with rollback: all or nothing. `clear` drops earlier overrides first. */
  setLimits(ref: string, limits: LimitsInput, options: { clear: boolean }): Promise<LimitsView>;
  /** What setLimits would write; nothing is changed. */
  planLimits(ref: string, limits: LimitsInput, options: { clear: boolean }): LimitsPlan;
  stats(ref: string): StatsView;
  /** What others changed of its limits. */
  drift(ref: string): DriftView;
  /** Namespace type (mnt pid net ipc uts user cgroup time) → inode. */
  namespaces(ref: string): Record<string, number>;
  plan(ref: string): PlanLine[];
  logs(ref: string, options: LogOptions, signal: AbortSignal): AsyncIterable<LogLine>;
  /** Works before start too: the session then waits for it, and nothing the container writes is missed. */
  attach(
    ref: string,
    options: { stdin: boolean; stdout: boolean; stderr: boolean; rows?: number; cols?: number },
  ): Promise<StreamSession>;
  exec(ref: string, body: ExecBody): Promise<StreamSession>;
  execDetached(ref: string, body: ExecBody): Promise<{ id: string }>;
  /** Events after `lastId` that are still kept, then live ones. */
  events(lastId: number | undefined, signal: AbortSignal): AsyncIterable<EventView>;
  /** Events after `lastId` (all: undefined) that are still kept, oldest first. */
  keptEvents(lastId: number | undefined): EventView[];
}
