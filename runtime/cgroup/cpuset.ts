import type { CgroupWrite, Condition, HasFile, InterfaceFiles, LimitController } from './controller.js';
import { firstLine } from './interface-file.js';
import { condition } from './limit-conditions.js';
import type { CpusetLimits, CpusetPartition } from './limits.js';

/**
 * CPUs and memory nodes. v1 has no "inherit": both files must hold something before a process can join (createCgroup sees to that),
 * so the empty list there means the parent's, which only the caller that knows the parent can fill in (see cpuset-tree.ts).
 * Sources: cpuset(7), cgroup-v1/cpusets.rst, cgroup-v2.rst "Cpuset Interface Files".
 */
export const cpuset: LimitController<'cpuset'> = {
  key: 'cpuset',
  controller: 'cpuset',
  v1: {
    plan: (limits) => plan(limits.cpus || undefined, limits.mems || undefined, true),
    read: readV1,
    conditions: ({ partition }) => (isAsked(partition) ? [condition('V1NoCpusetPartition')] : []),
  },
  v2: { plan: planV2, read: readV2, conditions: conditionsV2 },
};

export const PARTITION_FILE = 'cpuset.cpus.partition';

/** A partition needs its CPUs first, and must be none any more before they may go. */
function planV2({ cpus, mems, partition }: CpusetLimits, _current: CpusetLimits, has: HasFile): CgroupWrite[] {
  const lists = plan(cpus, mems, false);
  if (partition === undefined || !has(PARTITION_FILE)) return lists;
  const own: CgroupWrite = { ...write(PARTITION_FILE, partition, 'cpuset.partition'), word: true };
  return partition === 'member' ? [own, ...lists] : [...lists, own];
}

function conditionsV2({ partition }: CpusetLimits, has: HasFile): Condition[] {
  return isAsked(partition) && !has(PARTITION_FILE) ? [condition('NoCpusetPartition')] : [];
}

function isAsked(partition: CpusetPartition | undefined): boolean {
  return partition !== undefined && partition !== 'member';
}

function plan(cpus: string | undefined, mems: string | undefined, v1: boolean): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  if (cpus !== undefined) writes.push(write('cpuset.cpus', cpus, 'cpuset.cpus'));
  // v2 moves pages that are elsewhere along with a change of nodes; v1 only when asked.
  if (mems !== undefined && v1) writes.push(write('cpuset.memory_migrate', '1', 'cpuset.mems'));
  if (mems !== undefined) writes.push(write('cpuset.mems', mems, 'cpuset.mems'));
  return writes;
}

function write(file: string, value: string, field: string): CgroupWrite {
  return { controller: 'cpuset', file, value, field };
}

function readV1(files: InterfaceFiles): CpusetLimits {
  return lists(firstLine(files.read('cpuset', 'cpuset.cpus')), firstLine(files.read('cpuset', 'cpuset.mems')));
}

/** Where nothing was set, what is inherited: the same answer a v1 host gives. */
function readV2(files: InterfaceFiles): CpusetLimits {
  const list = (file: string) => firstLine(files.read('cpuset', file)) || firstLine(files.read('cpuset', `${file}.effective`));
  const partition = firstLine(files.read('cpuset', PARTITION_FILE))?.split(' ', 1)[0] as CpusetPartition | undefined;
  return { ...lists(list('cpuset.cpus'), list('cpuset.mems')), ...(partition && { partition }) };
}

function lists(cpus: string | undefined, mems: string | undefined): CpusetLimits {
  return { ...(cpus !== undefined && { cpus }), ...(mems !== undefined && { mems }) };
}
