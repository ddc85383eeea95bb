import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupSet } from './cgroup-set.js';
import { isAbsent } from './interface-file.js';
import { procs } from './procs.js';

/** Where a frozen task waits, by kernel symbol (v1, v2). */
const FROZEN_IN = /refrigerator|do_freezer_trap|get_signal/;

/** Processes of the cgroup that do not stand in a freezer, as `pid comm (state, kernel function)`, for messages; at most `most`. */
export function stuckTasks(set: CgroupSet, most = 5): string[] {
  const found: string[] = [];
  for (const pid of procs(set)) {
    const [wchan, stat] = ['wchan', 'stat'].map((file) => readProc(join(set.host.procRoot, String(pid), file)));
    if (stat === undefined || (wchan !== undefined && FROZEN_IN.test(wchan))) continue;
    const match = /\((.*)\) (\S)/s.exec(stat);
    const where = wchan === undefined || wchan === '0' || wchan === '' ? '' : `, ${wchan}`;
    found.push(`${pid} ${match?.[1] ?? '?'} (${match?.[2] ?? '?'}${where})`);
    if (found.length === most) break;
  }
  return found;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isAbsent(error) || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
