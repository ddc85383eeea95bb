import { commandText } from '#agent/processes/command-line.js';
import type { Pause } from '#agent/processes/pause.js';
import { linkText, namesIn, procText } from '#agent/processes/proc-files.js';

export interface SocketOwner {
  pid: number;
  fd: number;
  command: string;
}

/** Socket inode → which of these processes have it open, and where. */
export async function socketOwners(procRoot: string, pids: readonly number[], pause: Pause): Promise<Map<number, SocketOwner[]>> {
  const owners = new Map<number, SocketOwner[]>();
  for (const pid of pids) {
    let command: string | undefined;
    for (const fd of namesIn(`${procRoot}/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(linkText(`${procRoot}/${pid}/fd/${fd}`) ?? '')?.[1];
      if (inode === undefined) continue;
      command ??= commandOf(procRoot, pid);
      const owner = { pid, fd: Number(fd), command };
      const known = owners.get(Number(inode));
      if (known === undefined) owners.set(Number(inode), [owner]);
      else known.push(owner);
    }
    const waiting = pause();
    if (waiting !== undefined) await waiting;
  }
  return owners;
}

function commandOf(procRoot: string, pid: number): string {
  return commandText(procText(`${procRoot}/${pid}/cmdline`) ?? '', procText(`${procRoot}/${pid}/comm`)?.trimEnd() ?? '');
}
