import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cgroupDir } from './cgroup-host.js';
import { type CgroupSet, directoryOf, hasFile } from './cgroup-set.js';
import type { Condition } from './controller.js';
import { parseLimit } from './interface-file.js';
import { asksWeight, writebackConditions } from './io.js';
import { condition, LIMIT_CONDITIONS } from './limit-conditions.js';
import type { Limits, OrMax } from './limits.js';

/** What limits lose here that the cgroup's own files do not show: by the disks' schedulers, the cgroups above, and who carries what. */
export function hostConditions(set: CgroupSet, { io, memory }: Limits): Condition[] {
  const { carriers } = set.host;
  const found: Condition[] = [];
  if (io !== undefined && asksWeight(io)) found.push(...weightConditions(set));
  if (io !== undefined && carriers.io?.version === 2 && carriers.memory !== carriers.io) found.push(...writebackConditions(io));
  if (memory !== undefined && carriers.memory?.version === 2) {
    found.push(...protectionConditions(set, 'memory.low', memory.lowBytes));
    found.push(...protectionConditions(set, 'memory.min', memory.minBytes));
  }
  return found;
}

/** Disks that no scheduler or cost model ever serves by weight. Source: Documentation/admin-guide/devices.txt. */
const VIRTUAL = /^(loop|ram|zram|sr|fd|dm-|md)\d*/;

/** A weight is obeyed by a disk whose scheduler is bfq, on v2 also by one that io.cost runs on. Source: bfq-iosched.rst, cgroup-v2.rst "IO". */
function weightConditions(set: CgroupSet): Condition[] {
  const has = hasFile(set, 'io');
  const bfq = has('blkio.bfq.weight') || has('io.bfq.weight');
  const cost = has('io.weight') ? costEnabled(set) : new Set<string>();
  // Without any file it is not set at all, which the controller says.
  if (!bfq && !has('io.weight')) return [];
  const block = join(set.host.sysRoot, 'block');
  const disks = existsSync(block) ? readdirSync(block).filter((name) => !VIRTUAL.test(name)) : [];
  const deaf = disks.flatMap((name) => {
    const scheduler = /\[(\S+)\]/.exec(textOf(join(block, name, 'queue/scheduler')) ?? '')?.[1] ?? 'none';
    const obeys = (bfq && scheduler === 'bfq') || cost.has(textOf(join(block, name, 'dev')) ?? '');
    return obeys ? [] : [`${name} has ${scheduler}`];
  });
  if (deaf.length === 0) return [];
  const all = deaf.length === disks.length ? 'no disk obeys it' : 'not every disk obeys it';
  const costs = has('io.weight') ? ', or enable io.cost for the disk in io.cost.qos of the root cgroup' : '';
  const message = `io.weight is set, but ${all} (${deaf.join(', ')}): echo bfq > /sys/block/DISK/queue/scheduler${costs}`;
  return [condition('IoWeightNoEffect', { message })];
}

/** The disks (MAJ:MIN) that io.cost runs on. Source: cgroup-v2.rst "io.cost.qos". */
function costEnabled(set: CgroupSet): Set<string> {
  const text = textOf(join(set.host.carriers.io?.mount ?? '', 'io.cost.qos')) ?? '';
  return new Set(text.split('\n').flatMap((line) => (/ enable=1\b/.test(line) ? [line.slice(0, line.indexOf(' '))] : [])));
}

/** v2 protects a cgroup no more than each cgroup above it. Source: cgroup-v2.rst "memory.low". */
function protectionConditions(set: CgroupSet, file: 'memory.low' | 'memory.min', asked: OrMax | undefined): Condition[] {
  const carrier = set.host.carriers.memory;
  if (asked === undefined || asked === 0 || carrier === undefined || !hasFile(set, 'memory')(file)) return [];
  const path = set.places?.get(carrier) ?? set.path;
  for (let above = dirname(path); above !== '/'; above = dirname(above)) {
    const there = parseLimit(bufferOf(join(cgroupDir(carrier, above), file)));
    if (there !== undefined && there !== 'max' && (asked === 'max' || there < asked)) {
      const { message } = LIMIT_CONDITIONS.ParentNotProtected;
      return [condition('ParentNotProtected', { field: file, message: `${file} of ${above} is ${there}: ${message}` })];
    }
  }
  return [];
}

/** The directory's file that tells which CPUs or nodes a v2 cgroup really has. */
export function effectiveList(set: CgroupSet, file: 'cpuset.cpus' | 'cpuset.mems'): string | undefined {
  const dir = directoryOf(set, 'cpuset');
  return dir === undefined ? undefined : textOf(join(dir, `${file}.effective`));
}

function textOf(path: string): string | undefined {
  return bufferOf(path)?.toString('latin1').trim();
}

function bufferOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'ENOTDIR', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw error;
  }
}
