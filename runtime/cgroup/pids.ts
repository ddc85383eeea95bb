import type { CgroupWrite, InterfaceFiles, LimitController, LimitHalf } from './controller.js';
import { limitText, parseLimit } from './interface-file.js';
import type { Limits } from './limits.js';

type PidsLimits = NonNullable<Limits['pids']>;

/** Tasks (threads, not processes). The file is the same on both versions. Source: cgroup-v2.rst "PID Interface Files". */
const half: LimitHalf<PidsLimits> = { plan, read, conditions: () => [] };

export const pids: LimitController<'pids'> = { key: 'pids', controller: 'pids', v1: half, v2: half };

function plan(limits: PidsLimits): CgroupWrite[] {
  if (limits.max === undefined) return [];
  // 0 would let nothing fork, not even the exec of the first process: runtimes take it as 1 (opencontainers/cgroups fs2/pids.go).
  const max = limits.max === 'max' ? 'max' : Math.max(1, limits.max);
  return [{ controller: 'pids', file: 'pids.max', value: limitText(max), field: 'pids.max' }];
}

function read(files: InterfaceFiles): PidsLimits {
  const max = parseLimit(files.read('pids', 'pids.max'));
  return max === undefined ? {} : { max };
}
