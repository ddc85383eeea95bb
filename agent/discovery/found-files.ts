import { type CgroupSet, directoryOf } from '#runtime/cgroup/cgroup-set.js';
import type { Controller } from '#runtime/cgroup/controller.js';
import { readInterfaceFile } from '#runtime/cgroup/interface-file.js';
import { nestedCgroups } from '#runtime/cgroup/procs.js';
import { writerWith } from '#runtime/cgroup/write-once.js';

/** What a file said before a limit was set that is written to it too, or changes it. */
export interface FoundFile {
  /** The limit, as limit-fields.ts names it. */
  field: string;
  controller: string;
  /** Relative to the cgroup's directory; it may be one of a cgroup nested in it. */
  file: string;
  text: string;
}

const DEADLINE_MS = 10_000;
const LARGEST_BYTES = 65_536;

/**
 * The files that setting a limit changes besides the one that tells its value, or whose text says more than that value: two weights, two
 * limits of huge pages, a list that is empty because it is inherited, what v1 does to cpusets nested in it. `nested`: in those below too.
 */
function filesOf(field: string): { controller: Controller; files: readonly string[]; nested?: boolean } | undefined {
  if (field === 'cpuset.cpus') return { controller: 'cpuset', files: ['cpuset.cpus'], nested: true };
  if (field === 'cpuset.mems') return { controller: 'cpuset', files: ['cpuset.mems', 'cpuset.memory_migrate'], nested: true };
  if (field === 'memory.low') return { controller: 'memory', files: ['memory.soft_limit_in_bytes'] };
  if (field === 'io.weight' || field === 'io.blkioWeight')
    return { controller: 'io', files: ['io.weight', 'io.bfq.weight', 'blkio.bfq.weight'] };
  const size = /^hugetlb\.(.+)$/.exec(field)?.[1];
  if (size === undefined) return undefined;
  return { controller: 'hugetlb', files: [`hugetlb.${size}.rsvd.max`, `hugetlb.${size}.rsvd.limit_in_bytes`] };
}

/** What these files say now, for limits that are about to be set; only those the host has. */
export function lookAtFiles(set: CgroupSet, fields: readonly string[]): FoundFile[] {
  const into = Buffer.allocUnsafe(LARGEST_BYTES);
  return fields.flatMap((field) => {
    const of = filesOf(field);
    const dir = of === undefined ? undefined : directoryOf(set, of.controller);
    if (of === undefined || dir === undefined) return [];
    const { controller, files, nested = false } = of;
    // v2's follow by themselves.
    const below = nested && set.host.carriers[controller]?.version === 1 ? nestedCgroups(dir) : [];
    return ['', ...below.map((name) => `${name}/`)].flatMap((at) =>
      files.flatMap((name): FoundFile[] => {
        const file = `${at}${name}`;
        const text = readInterfaceFile(`${dir}/${file}`, into)?.toString('latin1').trimEnd();
        return text === undefined ? [] : [{ field, controller, file, text }];
      }),
    );
  });
}

/** What was found, with what their owner has written since to those of `fields`; `inForce`: what we made of these. */
export function seenSince(
  set: CgroupSet,
  found: readonly FoundFile[],
  fields: readonly string[],
  inForce: ReadonlyMap<string, string | number | boolean>,
): FoundFile[] {
  const into = Buffer.allocUnsafe(LARGEST_BYTES);
  return found.map((each) => {
    const { field, controller, file, text } = each;
    if (!fields.includes(field) || DERIVED.test(file)) return each;
    const dir = directoryOf(set, controller as Controller);
    const now = dir === undefined ? undefined : readInterfaceFile(`${dir}/${file}`, into)?.toString('latin1').trimEnd();
    const ours =
      now === undefined ||
      firstLineOf(now)
        .split(' ')
        .includes(String(inForce.get(field)));
    return ours ? each : { ...each, text: now ?? text };
  });
}

/** Ours never says what the limit does. */
const DERIVED = /bfq\.weight$|memory_migrate$/;

/** Writes back what differs by now, outer cgroups first; what the kernel does not take stays (v2 keeps a cpuset in use from being empty). */
export async function putFilesBack(set: CgroupSet, found: readonly FoundFile[]): Promise<void> {
  const write = writerWith(set.host.blockingWrites, DEADLINE_MS);
  const into = Buffer.allocUnsafe(LARGEST_BYTES);
  for (const { controller, file, text } of found) {
    const dir = directoryOf(set, controller as Controller);
    const path = `${dir}/${file}`;
    const now = dir === undefined ? undefined : readInterfaceFile(path, into)?.toString('latin1').trimEnd();
    if (now === undefined || now === text) continue;
    await write({ path, value: firstLineOf(text) });
  }
}

/** Of a file with a line for each disk only the first is ours. */
function firstLineOf(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
