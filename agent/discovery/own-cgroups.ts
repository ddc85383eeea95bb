import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupHost, Hierarchy } from '#runtime/cgroup/cgroup-host.js';

/** Where a process is in each hierarchy, from /proc/PID/cgroup; empty when it is gone. Source: cgroups(7). */
export function cgroupsOf(host: CgroupHost, procRoot: string, pid: number | 'self'): Map<Hierarchy, string> {
  const found = new Map<Hierarchy, string>();
  for (const line of linesOf(join(procRoot, String(pid), 'cgroup'))) {
    const [, id, words = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (id === undefined) continue;
    const controllers = words.split(',').map((word) => (word === 'blkio' ? 'io' : word));
    const hierarchy = host.hierarchies.find((each) => {
      if (each.version === 2) return id === '0' && words === '';
      if (each.controllers.length === 0) return words.startsWith('name=');
      return each.controllers.some((controller) => controllers.includes(controller));
    });
    if (hierarchy !== undefined && !found.has(hierarchy)) found.set(hierarchy, path);
  }
  return found;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
