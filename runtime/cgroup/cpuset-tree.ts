import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CgroupWrite } from './controller.js';
import { formatCpuList, parseCpuList } from './cpu-list.js';
import { CgroupError } from './errors.js';
import { readInterfaceFile } from './interface-file.js';
import { nestedCgroups } from './procs.js';

const LISTS = ['cpuset.cpus', 'cpuset.mems'] as const;
type List = (typeof LISTS)[number];
const LONGEST_LIST = 4096;

/**
 * v1: a new cpuset is empty and lets no process in. Fills an empty one (and its empty ancestors below `mount`) from its parent.
 * Source: cgroup-v1/cpusets.rst 1.1.
 */
export function fillCpuset(dir: string, mount: string): void {
  if (dir === mount) return;
  const empty = LISTS.filter((file) => readList(dir, file) === '');
  if (empty.length === 0) return;
  fillCpuset(dirname(dir), mount);
  for (const file of empty) writeFileSync(`${dir}/${file}`, readList(dirname(dir), file), { flag: 'r+' });
}

/** v1: makes the kernel fill the cpusets of this cgroup's future children, nested ones too (cgroup.clone_children). */
export function cloneCpusetToChildren(dir: string): void {
  writeFileSync(`${dir}/cgroup.clone_children`, '1', { flag: 'r+' });
}

/** What a cpuset inherits where its list is empty: the parent's (`file` as the version names it). */
export function parentList(dir: string, file: string): string {
  return readList(dirname(dir), file);
}

/**
 * The writes that change one list of a v1 cpuset that has nested cpusets: v1 keeps children within their parent at every moment, so
 * first everyone gets old ∪ new, top-down, then the new lists, bottom-up. A child that had all of its parent's keeps having all;
 * others keep what is left of theirs, or get all where nothing is left. Without nested cpusets that is the one plain write.
 */
export function planCpusetTree(dir: string, planned: CgroupWrite): CgroupWrite[] {
  const nested = nestedCgroups(dir);
  if (nested.length === 0 || !(LISTS as readonly string[]).includes(planned.file)) return [planned];
  const file = planned.file as List;
  const oldTop = numbers(readList(dir, file));
  const newTop = numbers(planned.value);
  const children = nested
    .map((below) => ({ below, old: numbers(readList(`${dir}/${below}`, file)) }))
    .filter(({ old }) => old.length > 0)
    .map(({ below, old }) => ({ below, old, wanted: narrowed(old, oldTop, newTop) }));
  const write = (list: number[], below?: string): CgroupWrite => ({
    ...planned,
    value: formatCpuList(list),
    ...(below !== undefined && { below }),
  });
  return [
    write([...oldTop, ...newTop]),
    ...children.map(({ below, old, wanted }) => write([...old, ...wanted], below)),
    ...children.toReversed().map(({ below, wanted }) => write(wanted, below)),
    planned,
  ];
}

function narrowed(old: number[], oldTop: number[], newTop: number[]): number[] {
  if (old.length === oldTop.length) return newTop;
  const left = old.filter((n) => newTop.includes(n));
  return left.length > 0 ? left : newTop;
}

function numbers(text: string): number[] {
  return parseCpuList(text) ?? [];
}

function readList(dir: string, file: string): string {
  const text = readInterfaceFile(`${dir}/${file}`, Buffer.allocUnsafe(LONGEST_LIST))?.toString('latin1').trim();
  if (text === undefined) throw new CgroupError('CGROUP_FAILED', `${dir}/${file} went away`);
  return text;
}
