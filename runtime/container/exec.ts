import { rmSync } from 'node:fs';
import { openPidfd } from '#native/pidfd.js';
import { TsgovError } from '#native/tsgov-error.js';
import type { AttachStreams } from './attach-streams.js';
import { readPidFile, stillRuns } from './exit-record.js';
import type { RuntimeHost } from './host.js';
import type { InitProcess } from './init-process.js';
import { type LaunchRequest, launch } from './launch.js';

export interface ExecRequest extends Omit<LaunchRequest, 'hold' | 'log' | 'inherit'> {
  /** State directory of the running container. `stateDir` is the exec's own; it is removed when the exec has ended. */
  containerStateDir: string;
  /** Mask of ATTACH. 0: nobody looks at its output. */
  attach: number;
}

/** An exec under way. Its streams must be read if `attach` asks for output, or it waits for its reader. */
export interface Exec {
  readonly process: InitProcess;
  readonly streams: AttachStreams;
}

/**
 * Runs another process in a running container: the tape (compileExec) finds the container's init as pidfd in slot 1 and joins it. Errors: STATE_CONFLICT when
 * the container does not run; those of launch.
 */
export function exec(request: ExecRequest, host: RuntimeHost): Exec {
  const init = readPidFile(request.containerStateDir);
  using pidfd = init === undefined ? undefined : openPidfd(host.syscalls, init.pid);
  // Checked after the pidfd is open: from then on the pid cannot become another process unseen.
  if (pidfd === undefined || stillRuns(init, host.procRoot) === undefined)
    throw new TsgovError('STATE_CONFLICT', `exec ${request.id}: the container is not running`);
  const process = launch({ ...request, inherit: [pidfd] }, host, { listen: false, attach: request.attach });
  const remove = (): void => rmSync(request.stateDir, { recursive: true, force: true });
  process.exited.then(remove, remove);
  return { process, streams: process.attachControl() };
}
