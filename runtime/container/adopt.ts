import { type ExitRecord, type LostRecord, readExitFile, readPidFile, stillRuns } from './exit-record.js';
import type { RuntimeHost } from './host.js';
import { InitProcess } from './init-process.js';
import { ShimClient } from './shim-client.js';

export type Adopted =
  | { kind: 'running'; process: InitProcess }
  | { kind: 'exited'; record: ExitRecord }
  /** The shim is gone and left no record; `init`, when it still runs, is for the caller to kill. */
  | { kind: 'lost'; record: LostRecord };

/**
 * Finds again what an earlier agent launched, by its state directory. An `exit` file wins; then a shim that answers; else the shim died
 * without a word. A process that waits at its gate is `running` with `created` resolved and `started` pending.
 */
export async function adopt(stateDir: string, host: RuntimeHost): Promise<Adopted> {
  const client = readExitFile(stateDir) === undefined ? await ShimClient.connect(stateDir) : undefined;
  if (client === undefined) return ended(stateDir, host);
  const process = new InitProcess({
    client,
    stateDir,
    procRoot: host.procRoot,
    shimPid: readPidFile(stateDir)?.shimPid,
    listens: true,
  });
  await process.ready;
  return process.over ? ended(stateDir, host) : { kind: 'running', process };
}

/** The exit file may have come between a first look and the refused connection, so it is read last. */
function ended(stateDir: string, host: RuntimeHost): Adopted {
  const record = readExitFile(stateDir);
  if (record !== undefined) return { kind: 'exited', record };
  return { kind: 'lost', record: { lost: true, init: stillRuns(readPidFile(stateDir), host.procRoot) } };
}
