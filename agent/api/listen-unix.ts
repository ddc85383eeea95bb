import { chmodSync, chownSync, closeSync, constants, openSync, readFileSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { basename, dirname } from 'node:path';
import { AgentError } from '#agent/contract/errors.js';

export interface UnixListener {
  /** After the server was closed: removes the socket file's remains and gives up the directory. */
  release(): void;
}

/** Bytes of a path that fit in sockaddr_un.sun_path with its NUL, unix(7). */
const SUN_PATH_BYTES = 107;
/** O_PATH of open(2); node:fs does not name it. */
const O_PATH = 0o10000000;
const SOCKET_MODE = 0o660;

/**
 * Listens on a unix socket with mode 0660, owned by `gid` where given. A file left by an agent that was killed is replaced, one that
 * somebody answers on is not (AGENT_RUNNING). Paths longer than sun_path are bound through their directory. Throws LISTEN_FAILED.
 */
export async function listenUnix(server: Server, path: string, gid: number | undefined): Promise<UnixListener> {
  let directory: number;
  try {
    directory = openSync(dirname(path), O_PATH | constants.O_DIRECTORY);
  } catch (error) {
    throw new AgentError('LISTEN_FAILED', `cannot listen on ${path}: ${(error as Error).message}`, { cause: error });
  }
  const reachable = Buffer.byteLength(path) <= SUN_PATH_BYTES ? path : `/proc/self/fd/${directory}/${basename(path)}`;
  try {
    if (await isAnswered(reachable)) throw new AgentError('AGENT_RUNNING', `another agent answers on ${path}`);
    removeIfThere(path);
    await listen(server, reachable);
    chmodSync(path, SOCKET_MODE);
    if (gid !== undefined) chownSync(path, -1, gid);
  } catch (error) {
    closeSync(directory);
    if (error instanceof AgentError) throw error;
    throw new AgentError('LISTEN_FAILED', `cannot listen on ${path}: ${(error as Error).message}`, { cause: error });
  }
  return {
    release: () => {
      removeIfThere(path);
      closeSync(directory);
    },
  };
}

/** The id of a group by name, from the text of /etc/group; undefined when there is none. Source: group(5). */
export function groupId(groupFile: string, name: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(groupFile, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const fields = text
    .split('\n')
    .map((line) => line.split(':'))
    .find((words) => words[0] === name);
  return fields?.[2] === undefined ? undefined : Number(fields[2]);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // bind(2) happens inside listen(): nobody may connect before chmod.
    const mask = process.umask(0o777 & ~0o600);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
