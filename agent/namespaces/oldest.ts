import type { NamespaceView } from '#agent/contract/namespaces.js';
import { commandText } from '#agent/processes/command-line.js';
import { procText } from '#agent/processes/proc-files.js';
import { parseStat } from '#agent/processes/stat.js';
import { idOf, parseStatus } from '#agent/processes/status.js';

export interface OldestFinder {
  /** The one of these processes (ascending) that started first; undefined when all are gone. */
  find(pids: readonly number[]): number | undefined;
  /** Undefined when it is gone. */
  describe(pid: number): NonNullable<NamespaceView['oldest']> | undefined;
}

/** Each process is read at most once, and only until one is found that started with the node: none is older. */
export function oldestFinder(procRoot: string, users: ReadonlyMap<number, string>): OldestFinder {
  const starts = new Map<number, number | undefined>();
  const startTicks = (pid: number): number | undefined => {
    if (!starts.has(pid)) {
      const stat = procText(`${procRoot}/${pid}/stat`);
      starts.set(pid, stat === undefined ? undefined : parseStat(stat).startTicks);
    }
    return starts.get(pid);
  };
  const described = new Map<number, NonNullable<NamespaceView['oldest']> | undefined>();
  return {
    find: (pids) => {
      if (pids[0] === 1 || pids.length === 1) return pids[0];
      const earliest = startTicks(1) ?? 0;
      let oldest: { pid: number; ticks: number } | undefined;
      for (const pid of pids) {
        const ticks = startTicks(pid);
        if (ticks === undefined || (oldest !== undefined && ticks >= oldest.ticks)) continue;
        oldest = { pid, ticks };
        if (ticks <= earliest) break;
      }
      return oldest?.pid;
    },
    describe: (pid) => {
      if (!described.has(pid)) described.set(pid, describe(procRoot, pid, users));
      return described.get(pid);
    },
  };
}

function describe(
  procRoot: string,
  pid: number,
  users: ReadonlyMap<number, string>,
): NonNullable<NamespaceView['oldest']> | undefined {
  const text = procText(`${procRoot}/${pid}/status`);
  if (text === undefined) return undefined;
  const status = parseStatus(text);
  const uid = idOf(status, 'Uid');
  const command = commandText(procText(`${procRoot}/${pid}/cmdline`) ?? '', status.get('Name') ?? '');
  return { pid, command, uid, user: users.get(uid) ?? null };
}
