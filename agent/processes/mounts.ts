import type { MountView } from '#agent/contract/processes.js';
import { parseMountinfo } from '#runtime/cgroup/mountinfo.js';
import { procText } from './proc-files.js';

/** The mounts that a process sees; undefined when it is gone, or not ours to look at. */
export function readMounts(procRoot: string, pid: number): MountView[] | undefined {
  const text = procText(`${procRoot}/${pid}/mountinfo`);
  return text === undefined ? undefined : mountViews(text);
}

/** The text of a mountinfo file as the API shows it. */
export function mountViews(text: string): MountView[] {
  return parseMountinfo(text).map(({ major, minor, ...mount }) => ({
    id: mount.id,
    parentId: mount.parentId,
    device: `${major}:${minor}`,
    root: mount.root,
    mountPoint: mount.mountPoint,
    fsType: mount.fsType,
    source: mount.source,
    options: mount.options,
    superOptions: mount.superOptions,
    propagation: mount.propagation,
  }));
}
