import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The reason a container never ran, in the shim's numbers: `op` indexes the tape, NO_OP is the shim itself. */
export interface PlayerFailure {
  op: number;
  errno: number;
  /** A hook's wait status and the like. */
  value: number;
  text: string;
}

/** `PlayerFailure.op` when it was no op of the tape. */
export const NO_OP = 0xffffffff;

/** How a container's init process ended, as the shim saw it. */
export interface ExitRecord {
  readonly lost: false;
  /** 128 + n for signal n; 125 when it never ran. */
  readonly exitCode: number;
  /** The signal that killed it, if one did. */
  readonly signal: number | undefined;
  /** The kernel OOM-killed in its cgroup while it ran. */
  readonly oomKilled: boolean;
  /** It reached execve. */
  readonly started: boolean;
  /** CLOCK_REALTIME; 0 when it never ran. */
  readonly startedAtNsec: bigint;
  readonly finishedAtNsec: bigint;
  readonly failed: PlayerFailure | undefined;
}

/** The shim died without a word (kill -9): nobody knows how init ends. `init` is set while it still runs, without a parent of ours. */
export interface LostRecord {
  readonly lost: true;
  readonly init: InitIdentity | undefined;
}

export type ProcessEnd = ExitRecord | LostRecord;

/** A process for as long as it lives: a pid alone may be reused. `startTime` is field 22 of proc_pid_stat(5), in clock ticks. */
export interface InitIdentity {
  pid: number;
  startTime: bigint;
}

/** The `pid` file of a state directory. */
export interface PidFile extends InitIdentity {
  shimPid: number;
}

/** The `exit` frame's payload (native/shim/protocol.ts). */
export function parseExitFrame(payload: Buffer, failed: PlayerFailure | undefined): ExitRecord {
  return {
    lost: false,
    exitCode: payload.readUInt32LE(0),
    signal: payload.readUInt32LE(4) || undefined,
    oomKilled: payload.readUInt32LE(8) !== 0,
    started: payload.readUInt32LE(12) !== 0,
    startedAtNsec: payload.readBigUInt64LE(16),
    finishedAtNsec: payload.readBigUInt64LE(24),
    failed,
  };
}

/** The `exit` file of a state directory; `undefined` while there is none. Throws on one the shim did not write. */
export function readExitFile(stateDir: string): ExitRecord | undefined {
  const text = readIfThere(join(stateDir, 'exit'));
  if (text === undefined) return undefined;
  const record = JSON.parse(text) as Record<string, unknown>;
  return {
    lost: false,
    exitCode: Number(record.exitCode),
    signal: Number(record.signal) || undefined,
    oomKilled: record.oomKilled === true,
    started: record.started === true,
    startedAtNsec: BigInt(String(record.startedAtNsec)),
    finishedAtNsec: BigInt(String(record.finishedAtNsec)),
    failed: record.failed as PlayerFailure | undefined,
  };
}

/** The `pid` file of a state directory; `undefined` while init is not known. */
export function readPidFile(stateDir: string): PidFile | undefined {
  const text = readIfThere(join(stateDir, 'pid'));
  const words = text === undefined ? null : /^(\d+) (\d+) (\d+)\n$/.exec(text);
  if (words === null) return undefined;
  return { pid: Number(words[1]), startTime: BigInt(words[2]!), shimPid: Number(words[3]) };
}

/** The process, if it is still the same one and runs (a zombie does not). Source: proc_pid_stat(5). */
export function stillRuns(identity: InitIdentity | undefined, procRoot: string): InitIdentity | undefined {
  const stat = identity === undefined ? undefined : readIfThere(join(procRoot, String(identity.pid), 'stat'));
  if (identity === undefined || stat === undefined) return undefined;
  // Fields from the 3rd on: the 2nd, the command, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const alive = fields[0] !== 'Z' && fields[0] !== 'X' && BigInt(fields[19] ?? 0) === identity.startTime;
  return alive ? { pid: identity.pid, startTime: identity.startTime } : undefined;
}

/** A missing file or directory is an answer, and so is a process that ends while it is read (ESRCH). */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
