import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namespaceInode } from '#agent/containers/namespaces.js';

/** Counters of one network interface. */
export interface InterfaceCounters {
  interface: string;
  receiveBytes: number;
  receivePackets: number;
  receiveErrors: number;
  receiveDropped: number;
  transmitBytes: number;
  transmitPackets: number;
  transmitErrors: number;
  transmitDropped: number;
}

/**
 * Interface counters of a process's network namespace, loopback included. None when it is the agent's own, whose traffic is not the
 * container's, or when the process is gone.
 */
export function readInterfaces(procRoot: string, pid: number): InterfaceCounters[] {
  if (namespaceInode(procRoot, pid, 'net') === namespaceInode(procRoot, 'self', 'net')) return [];
  try {
    return parseInterfaces(readFileSync(join(procRoot, String(pid), 'net/dev'), 'latin1'));
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** /proc/net/dev: bytes, packets, errors and drops stand first among eight columns of what came, then of what went. Source: proc_pid_net(5). */
export function parseInterfaces(text: string): InterfaceCounters[] {
  const found: InterfaceCounters[] = [];
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':');
    if (colon < 0) continue;
    const numbers = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const at = (index: number): number => numbers[index] ?? 0;
    found.push({
      interface: line.slice(0, colon).trim(),
      receiveBytes: at(0),
      receivePackets: at(1),
      receiveErrors: at(2),
      receiveDropped: at(3),
      transmitBytes: at(8),
      transmitPackets: at(9),
      transmitErrors: at(10),
      transmitDropped: at(11),
    });
  }
  return found;
}
