import { constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AgentError } from '#agent/contract/errors.js';
import { makeDirectories, removeDirectories } from '#agent/node/make-directories.js';
import { Fd } from '#native/fd.js';
import { tryLock } from '#native/flock.js';
import type { Syscalls } from '#native/libc.js';

/**
 * Makes this process the only agent of these directories (data and state) until the locks are disposed or it dies, however that
 * happens. Each gets `agent.lock` with the owner's pid. Throws AGENT_RUNNING naming the other agent's pid, and CONFIG_INVALID for a
 * directory that cannot be made or written.
 */
export function lockDirectories(syscalls: Syscalls, directories: readonly string[], pid: number): Disposable {
  const held: Fd[] = [];
  const release = (): void => {
    for (const fd of held) fd[Symbol.dispose]();
  };
  try {
    for (const directory of new Set(directories)) {
      const path = join(directory, 'agent.lock');
      const fd = openLock(directory, path);
      held.push(fd);
      if (!tryLock(syscalls, fd, path))
        throw new AgentError(
          'AGENT_RUNNING',
          `another agent (pid ${ownerOf(fd)}) has ${directory}: stop it, or choose another --root and --state`,
        );
      ftruncateSync(fd.number);
      writeSync(fd.number, `${pid}\n`, 0);
    }
  } catch (error) {
    release();
    throw error;
  }
  return { [Symbol.dispose]: release };
}

function openLock(directory: string, path: string): Fd {
  let made: string[] = [];
  try {
    made = makeDirectories(directory, 0o711);
    return new Fd(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600), path);
  } catch (error) {
    removeDirectories(made);
    const message = `${directory} cannot be the agent's: ${(error as Error).message}; choose another --root or --state`;
    throw new AgentError('CONFIG_INVALID', message, { cause: error });
  }
}

function ownerOf(fd: Fd): string {
  const text = Buffer.alloc(32);
  const count = readSync(fd.number, text, 0, text.length, 0);
  return text.toString('latin1', 0, count).trim() || 'unknown';
}
