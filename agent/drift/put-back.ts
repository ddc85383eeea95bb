import { FREEZE_DEADLINE_MS } from '#agent/containers/change-limits.js';
import type { NodeContext } from '#agent/containers/context.js';
import type { Governed } from '#agent/containers/governed.js';
import { rememberInForce } from '#agent/containers/in-force.js';
import { diskNames, limitsFromEntries } from '#agent/containers/limit-fields.js';
import type { LimitValue } from '#agent/governor/drift/decide.js';
import { applyLimits } from '#runtime/cgroup/apply-limits.js';
import type { CgroupSet } from '#runtime/cgroup/cgroup-set.js';
import type { Limits } from '#runtime/cgroup/limits.js';

/**
 * Writes these of a container's limits (paths), together and, where the kernel refuses that, each by itself, so that one that cannot be put
 * back leaves no other undone. Answers what failed, by path. What the kernel makes of them is known from when they were set, and is not
 * read again, for by then somebody may have written anew; it is with `doubt`, and where it is not known. What somebody turns out to have
 * written meanwhile is put into `found`.
 */
export async function putBack(
  context: NodeContext,
  container: Governed,
  cgroup: CgroupSet,
  limits: Limits,
  { wanted, found }: { wanted: ReadonlyMap<string, LimitValue>; found: Map<string, LimitValue> },
  paths: readonly string[],
  doubt: boolean,
): Promise<Map<string, Error>> {
  const failed = new Map<string, Error>();
  if (paths.length === 0) return failed;
  const write = async (some: readonly string[]): Promise<Error | undefined> => {
    try {
      const entries: [string, LimitValue][] = some.map((path) => [path, wanted.get(path)!]);
      // A weight means nothing to an idle cgroup, which refuses it.
      if (!wanted.has(IDLE) && found.get(IDLE) === true && some.some((path) => WEIGHTS.has(path))) entries.push([IDLE, false]);
      const options = { clock: context.runtime.clock, deadlineMs: FREEZE_DEADLINE_MS };
      await applyLimits(cgroup, limitsFromEntries(entries, diskNames([limits])), options);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  };
  const refused = await write(paths);
  if (refused !== undefined)
    for (const path of paths) {
      const error = paths.length === 1 ? refused : await write([path]);
      if (error !== undefined) failed.set(path, error);
    }
  const isKnown = (path: string) =>
    !doubt && container.inForce?.has(path) === true && !(path in INHERITED && wanted.get(path) === '');
  const written = paths.filter((path) => !failed.has(path) && !isKnown(path));
  if (written.length > 0) {
    rememberInForce(container, written);
    if (doubt) await confirm(container, written, { wanted, found }, write);
  }
  return failed;
}

/** Each takes somebody who writes within microseconds. */
const ATTEMPTS = 3;

/**
 * What was read back and is not what was asked is what the kernel made of it, or what somebody wrote in between: whoever opens a file to write
 * it is told of before the value is in it. Written once more it says the same, or it was somebody's, and is put among what was found.
 */
async function confirm(
  container: Governed,
  written: readonly string[],
  { wanted, found }: { wanted: ReadonlyMap<string, LimitValue>; found: Map<string, LimitValue> },
  write: (some: readonly string[]) => Promise<Error | undefined>,
): Promise<void> {
  const inForce = (path: string) => container.inForce?.get(path);
  let unsure = written.filter((path) => path !== 'state' && inForce(path) !== undefined && inForce(path) !== wanted.get(path));
  for (let attempt = 1; unsure.length > 0 && attempt <= ATTEMPTS; attempt += 1) {
    const before = new Map(unsure.map((path) => [path, inForce(path)]));
    // They were written once; who made the kernel refuse them since is heard of next.
    if ((await write(unsure)) !== undefined) return;
    rememberInForce(container, unsure);
    unsure = unsure.filter((path) => inForce(path) !== before.get(path));
    for (const path of unsure) found.set(path, before.get(path)!);
  }
}

/** Empty, they say what the cgroup above has, which changes. */
const INHERITED = { 'cpuset.cpus': true, 'cpuset.mems': true };
const IDLE = 'cpu.idle';
const WEIGHTS: ReadonlySet<string> = new Set(['cpu.weight', 'cpu.shares']);
