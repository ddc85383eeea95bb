import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { InitProcess } from '#runtime/container/init-process.js';

/** One run of a container: its init process and the cgroup it was launched into. */
export interface Run {
  readonly process: InitProcess;
  readonly cgroup: CgroupSet;
  /** Resolves when the end stands in the container's record; never rejects. */
  readonly ended: Promise<RunEnd>;
  /** Called once, by whoever records the end. */
  end(result: RunEnd): void;
}

/** `error`: the command never ran. */
export interface RunEnd {
  exitCode: number;
  error?: Error;
}

/** What a session on a run answers at its end: the exit code, or why it never ran. */
export async function sessionExit(run: Run): Promise<{ exitCode: number }> {
  const { exitCode, error } = await run.ended;
  if (error !== undefined) throw error;
  return { exitCode };
}

export function newRun(process: InitProcess, cgroup: CgroupSet): Run {
  let end: Run['end'] = () => undefined;
  const ended = new Promise<RunEnd>((resolve) => {
    end = resolve;
  });
  return { process, cgroup, ended, end };
}
