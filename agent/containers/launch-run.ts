import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Condition } from '#agent/contract/container.js';
import { onDisk } from '#agent/store/on-disk.js';
import { type CgroupSet, directories, oomKillCounter } from '#runtime/cgroup/cgroup-set.js';
import { createCgroup } from '#runtime/cgroup/create-cgroup.js';
import { CgroupError } from '#runtime/cgroup/errors.js';
import { removeCgroup } from '#runtime/cgroup/remove-cgroup.js';
import { killAll } from '#runtime/container/kill-all.js';
import { launch } from '#runtime/container/launch.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import type { Container } from './container.js';
import type { NodeContext } from './context.js';
import { deviceRules } from './device-rules.js';
import { effectiveLimits } from './effective-limits.js';
import { newRun, type Run } from './run.js';

export const KILL_DEADLINE_MS = 10_000;

/**
 * Makes the cgroup with its limits in force, compiles the tape and starts the shim. `hold`: it stops before its command runs. Throws
 * what cgroup, compiler and launch throw; the cgroup is then gone again.
 */
export async function launchRun(context: NodeContext, container: Container, spec: OciConfig, hold: boolean): Promise<Run> {
  const { record } = container;
  // Its being there tells an agent started later, should this one be killed now, that something of a run may be.
  context.store.makeStateDir(record.id);
  const cgroup = await makeCgroup(context, container, spec);
  try {
    const dataDir = context.store.dataDir(record.id);
    makeRoot(spec, dataDir);
    const oom = oomKillCounter(cgroup);
    const process = launch(
      {
        id: record.id,
        tape: context.tapes.launch(spec, record.id, dataDir, cgroup),
        stateDir: context.store.stateDir(record.id),
        log: { path: context.store.logPath(record.id), ...context.log },
        tty: record.tty,
        stdin: record.stdin,
        hold,
        ...(oom === undefined ? {} : { oom: { path: oom.file, key: oom.key } }),
      },
      context.runtime,
    );
    record.conditions = [...cgroup.conditions, ...context.specs.conditions(spec)];
    return newRun(process, cgroup);
  } catch (error) {
    await removeCgroup(cgroup, { clock: context.runtime.clock });
    throw error;
  }
}

/** The directories of a root that is put together (`host:`); one that is a directory itself needs none. */
function makeRoot(spec: OciConfig, dataDir: string): void {
  if (spec.root.path !== join(dataDir, 'rootfs')) return;
  for (const dir of ['rootfs', 'upper', 'work'].map((name) => join(dataDir, name)))
    onDisk(dir, () => mkdirSync(dir, { recursive: true, mode: 0o755 }));
}

/** Kills what is in a cgroup of ours and removes it; missing is fine. Throws DEADLINE or CGROUP_BUSY when something does not die. */
export async function clearCgroup(context: NodeContext, cgroup: CgroupSet): Promise<void> {
  await killAll({ dirs: directories(cgroup).map(({ dir }) => dir), deadlineMsec: KILL_DEADLINE_MS }, context.runtime);
  await removeCgroup(cgroup, { clock: context.runtime.clock });
}

/** What a tolerated errno of the launch means for the container. */
export function launchConditions(run: Run): Condition[] {
  return run.process.warnings.map((message) => ({ type: 'LaunchWarning', reason: 'Tolerated', message }));
}

async function makeCgroup(context: NodeContext, container: Container, spec: OciConfig): Promise<CgroupSet> {
  const { cgroupPath } = container.record;
  // A command cannot start frozen: a policy that wants it so is put in force once it runs.
  const { state: _, ...limits } = effectiveLimits(container.record).limits;
  const create = (): CgroupSet => createCgroup(context.cgroups, cgroupPath, limits, deviceRules(spec));
  try {
    return create();
  } catch (error) {
    if (!(error instanceof CgroupError) || error.code !== 'CGROUP_EXISTS') throw error;
    // Its path ends in the container's own id: it can only be what a killed agent could not clean up.
    await clearCgroup(context, { host: context.cgroups, path: cgroupPath, conditions: [] });
    return create();
  }
}
