import { mkdirSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Fd } from '#native/fd.js';
import { encodeTape } from '#runtime/tape/encode.js';
import type { Tape } from '#runtime/tape/ops.js';
import type { RuntimeHost } from './host.js';
import { InitProcess } from './init-process.js';
import { ShimClient } from './shim-client.js';
import { dropShim, launchShim, type PlayerNeeds, spawnShim, type WaitingShim } from './waiting-shim.js';

export interface LaunchRequest {
  id: string;
  tape: Tape;
  /** The shim's directory (`shim.sock`, `pid`, `exit`), made if missing; of one running process at a time. */
  stateDir: string;
  /** CRI log; `maxFiles` counts all files, 1 starts the file over when it is full. Absent: no log. */
  log?: { path: string; maxBytes: number; maxFiles: number };
  tty?: boolean;
  /** Keep stdin open for attached clients; else it is /dev/null. */
  stdin?: boolean;
  /** Stop before exec until `release`. */
  hold?: boolean;
  /** A flat-keyed file whose `key` counts the cgroup's OOM kills: v2 memory.events, v1 memory.oom_control, `oom_kill`. */
  oom?: { path: string; key: string };
  rows?: number;
  cols?: number;
  /** For the tape's slots 1 …; the caller keeps owning them. */
  inherit?: readonly Fd[];
}

/** What only an exec has: its starter's connection is the only one, attached from the first byte on. */
export interface ShimMode {
  listen: boolean;
  /** Mask of ATTACH for the starter's own connection. */
  attach: number;
}

/**
 * Has a shim, the spare one where it suits, play the tape. Returns at once; watch `created`, `started` and `exited`. Fails before anything
 * has run: KernelError (spawn, memfd, socketpair), TAPE_INVALID, SystemError of the state directory.
 */
export function launch(request: LaunchRequest, host: RuntimeHost, mode: ShimMode = { listen: true, attach: 0 }): InitProcess {
  const tape = encodeTape(request.tape);
  prepareStateDir(request.stateDir);
  const words = Buffer.from(
    shimWords(request, mode)
      .map((word) => `${word}\0`)
      .join(''),
  );
  const { control, pid } = launched(host, request, tape, words);
  return new InitProcess({
    client: ShimClient.over(control),
    stateDir: request.stateDir,
    procRoot: host.procRoot,
    tape: request.tape,
    shimPid: pid,
    listens: mode.listen,
  });
}

function launched(host: RuntimeHost, request: LaunchRequest, tape: Uint8Array, words: Buffer): WaitingShim {
  const needs: PlayerNeeds = { tty: request.tty === true, stdin: request.stdin === true, inherit: request.inherit ?? [] };
  const spare = host.spare.take(needs, words.length);
  if (spare !== undefined) {
    try {
      launchShim(host, spare, tape, words);
      return spare;
    } catch (error) {
      dropShim(spare);
      // Killed before it could hear: another one does it.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
    }
  }
  const shim = spawnShim(host, needs, words.length);
  try {
    launchShim(host, shim, tape, words);
    return shim;
  } catch (error) {
    dropShim(shim);
    throw error;
  }
}

/** The `key=value` words of docs/architecture.md, "Shim"; unset ones are left to the shim. */
export function shimWords(request: LaunchRequest, mode: ShimMode): string[] {
  const { log, oom } = request;
  const values: Record<string, string | number | boolean | undefined> = {
    id: request.id,
    state: request.stateDir,
    log: log?.path,
    logMaxBytes: log?.maxBytes,
    logMaxFiles: log?.maxFiles,
    hold: request.hold,
    attach: mode.attach,
    listen: mode.listen,
    oomFile: oom?.path,
    oomKey: oom?.key,
    rows: request.rows,
    cols: request.cols,
  };
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === 'boolean' ? Number(value) : value}`],
  );
}

/** What an earlier run left must not be taken for this one's. */
function prepareStateDir(stateDir: string): void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(stateDir)) if (LEFT.has(name)) unlinkSync(join(stateDir, name));
}

const LEFT: ReadonlySet<string> = new Set(['exit', 'pid', 'shim.sock']);
