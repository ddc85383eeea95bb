import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupMounts } from './cgroup-trees.js';

/** What tsgov can leave behind on a node, each thing by a name that says where it is. */
export interface Traces {
  /** Cgroup directories named `tsgov*` or below one. */
  cgroups: string[];
  /** Mount points in this mount namespace. */
  mounts: string[];
  /** Network namespaces that some process holds, `net:[inode]`. */
  netNamespaces: string[];
  /** Processes that are tsgov's own or in a tsgov cgroup, `pid comm (cgroup or command line)`. */
  processes: string[];
}

/** Everything of tsgov's on this node now, read from the kernel. */
export function traces(): Traces {
  const processes: string[] = [];
  const netNamespaces = new Set<string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    unlessGone(() => {
      netNamespaces.add(readlinkSync(`/proc/${pid}/ns/net`));
      const comm = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
      const inside = /:(\/tsgov.*)$/m.exec(cgroup)?.[1];
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      if (comm.startsWith('tsgov-') || inside !== undefined) processes.push(`${pid} ${comm} (${inside ?? command})`);
    });
  }
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return {
    cgroups: cgroupMounts().flatMap(({ dir }) => tsgovCgroups(dir)),
    mounts: mountinfo.map((line) => line.split(' ')[4] ?? ''),
    netNamespaces: [...netNamespaces],
    processes,
  };
}

/** What `after` has that `before` had not, one line each (`mount /a`); empty: nothing leaked. */
export function leaked(before: Traces, after: Traces): string[] {
  const kinds = { cgroups: 'cgroup', mounts: 'mount', netNamespaces: 'network namespace', processes: 'process' } as const;
  return Object.entries(kinds).flatMap(([key, word]) => {
    const known = new Set(before[key as keyof Traces]);
    return after[key as keyof Traces].filter((item) => !known.has(item)).map((item) => `${word} ${item}`);
  });
}

/** What leaked since `before`; what is on its way out (a shim flushing, a namespace being freed) gets 30 s. */
export async function leakedForGood(before: Traces): Promise<string[]> {
  let left = leaked(before, traces());
  for (let tries = 0; left.length > 0 && tries < 300; tries += 1) {
    await sleep(100);
    left = leaked(before, traces());
  }
  return left;
}

/** Open file descriptors of this process as `number → target`, without the one that lists them. */
export function openFds(): string[] {
  const fds: string[] = [];
  for (const fd of readdirSync('/proc/self/fd')) {
    unlessGone(() => fds.push(`${fd} -> ${readlinkSync(`/proc/self/fd/${fd}`)}`));
  }
  return fds;
}

function tsgovCgroups(dir: string, inside = false): string[] {
  const found: string[] = [];
  unlessGone(() => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const path = join(dir, entry.name);
      const ours = inside || entry.name.startsWith('tsgov');
      if (ours) found.push(path);
      found.push(...tsgovCgroups(path, ours));
    }
  });
  return found;
}

/** A process or cgroup may end between listing and reading: then it leaves no trace. */
function unlessGone(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!['ENOENT', 'ESRCH', 'ENODEV', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
