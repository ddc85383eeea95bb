import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatsView } from '#agent/contract/container.js';
import { namespaceInode } from './namespaces.js';

/**
 * Interface counters of a process's network namespace (`/proc/<pid>/net/dev`, proc_pid_net(5)), loopback included. None when it is
 * the agent's own namespace (`own`: its inode), whose traffic is not the container's, or when the process is gone.
 */
export function networkStats(procRoot: string, pid: number, own = namespaceInode(procRoot, 'self', 'net')): StatsView['network'] {
  if (namespaceInode(procRoot, pid, 'net') === own) return [];
  try {
    return parseNetDev(readFileSync(join(procRoot, String(pid), 'net/dev'), 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

export function parseNetDev(text: string): StatsView['network'] {
  return text
    .split('\n')
    .slice(2)
    .filter((line) => line.includes(':'))
    .map((line) => {
      const colon = line.lastIndexOf(':');
      const numbers = line
        .slice(colon + 1)
        .trim()
        .split(/\s+/)
        .map(Number);
      return {
        interface: line.slice(0, colon).trim(),
        receiveBytes: numbers[0] ?? 0,
        transmitBytes: numbers[8] ?? 0,
        receivePackets: numbers[1] ?? 0,
        transmitPackets: numbers[9] ?? 0,
      };
    });
}
