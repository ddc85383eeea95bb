import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { InitProcess } from '#runtime/container/init-process.js';

/** One run of a container: its init process and the cgroup it was launched into. */
export interface Run {
  readonly process: InitProcess;
  readonly cgroup: CgroupSet;
  /** Resolves when the end stands in the container's record; never rejects. */
  readonly ended: Promise<{ exitCode: number }>;
  /** Called once, by whoever records the end. */
  end(result: { exitCode: number }): void;
}

export function newRun(process: InitProcess, cgroup: CgroupSet): Run {
  let end: Run['end'] = () => undefined;
  const ended = new Promise<{ exitCode: number }>((resolve) => {
    end = resolve;
  });
  return { process, cgroup, ended, end };
}
