import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DevicePrograms } from '#native/device-programs.js';
import type { CgroupHost, Hierarchy } from './cgroup-host.js';
import { CONTROLLERS, type Controller } from './controller.js';
import { CgroupError } from './errors.js';
import { readHostFacts } from './host-facts.js';
import { type MountEntry, mountAt, parseMountinfo } from './mountinfo.js';

/** Where to look. On a real host `{ procRoot: '/proc', sysRoot: '/sys', mountPrefix: '' }`. */
export interface DetectRoots {
  procRoot: string;
  sysRoot: string;
  /** Put before every mount point of mountinfo when files of it are opened; for fixture trees. */
  mountPrefix: string;
}

const OUR_NAME: Readonly<Record<string, Controller>> = {
  ...Object.fromEntries(CONTROLLERS.map((name) => [name, name] as const)),
  blkio: 'io',
};

/**
 * Finds out, controller by controller, which mounted hierarchy carries it, from /proc/self/mountinfo, /proc/cgroups and the v2
 * root's cgroup.controllers; paths are never assumed. `devicePrograms` restricts devices on v2. Throws UNSUPPORTED where no cgroup filesystem is mounted.
 * Sources: cgroups(7), kernel cgroup-v1/cgroups.rst, cgroup-v2.rst.
 */
export function detectCgroups(roots: DetectRoots, devicePrograms?: DevicePrograms): CgroupHost {
  const mounts = parseMountinfo(readFileSync(join(roots.procRoot, 'self/mountinfo'), 'utf8'));
  const kernel = kernelControllers(readFileSync(join(roots.procRoot, 'cgroups'), 'latin1'));
  const own = ownCgroups(readFileSync(join(roots.procRoot, 'self/cgroup'), 'utf8'));
  const visible = mounts.filter((mount) => mountAt(mounts, mount.mountPoint) === mount);

  const v1 = v1Hierarchies(visible, roots.mountPrefix, own);
  const unifiedMount = best(visible.filter((mount) => mount.fsType === 'cgroup2'));
  const unified = unifiedMount && v2Hierarchy(roots.mountPrefix + unifiedMount.mountPoint, v1);
  const hierarchies = unified === undefined ? v1 : [...v1, unified];
  if (hierarchies.length === 0)
    throw new CgroupError('UNSUPPORTED', 'no cgroup filesystem is mounted: mount cgroup2 on /sys/fs/cgroup');

  const carriesV1 = v1.some((hierarchy) => hierarchy.controllers.length > 0);
  return {
    mode: unified === undefined ? 'v1' : carriesV1 ? 'hybrid' : 'v2',
    hierarchies,
    carriers: carriersOf(hierarchies),
    unified,
    facts: readHostFacts(roots.procRoot, roots.sysRoot),
    sysRoot: roots.sysRoot,
    procRoot: roots.procRoot,
    disabled: kernel.filter((entry) => !entry.enabled).map((entry) => entry.name),
    devicePrograms,
    enabledBelow: new Map(),
  };
}

function carriersOf(hierarchies: readonly Hierarchy[]): Partial<Record<Controller, Hierarchy>> {
  const carriers: Partial<Record<Controller, Hierarchy>> = {};
  for (const hierarchy of hierarchies) for (const controller of hierarchy.controllers) carriers[controller] ??= hierarchy;
  return carriers;
}

/** v1 mounts of controllers we use, and named ones (systemd's) that this process is in a cgroup of: whoever stops that kills by it. */
function v1Hierarchies(visible: readonly MountEntry[], prefix: string, own: ReadonlyMap<string, string>): Hierarchy[] {
  const byOptions = new Map<string, MountEntry[]>();
  for (const mount of visible.filter((entry) => entry.fsType === 'cgroup')) {
    const words = v1Words(mount);
    const key = words.join(',');
    if (words.length > 0) byOptions.set(key, [...(byOptions.get(key) ?? []), mount]);
  }
  const found: Hierarchy[] = [];
  for (const same of byOptions.values()) {
    const mount = best(same) as MountEntry;
    const words = v1Words(mount);
    const controllers = words.flatMap((word) => OUR_NAME[word] ?? []);
    const named = words.find((word) => word.startsWith('name='));
    const tracksUs = named !== undefined && (own.get(named) ?? '/') !== '/';
    if (controllers.length > 0 || tracksUs) found.push({ version: 1, mount: prefix + mount.mountPoint, controllers });
  }
  return found;
}

function v1Words(mount: MountEntry): string[] {
  return mount.superOptions.filter((word) => word in OUR_NAME || word.startsWith('name='));
}

/** The v2 tree carries what its root lists, and freezer and devices (which v2 has without a controller) where no v1 mount does. */
function v2Hierarchy(mount: string, v1: readonly Hierarchy[]): Hierarchy {
  const listed = readFileSync(join(mount, 'cgroup.controllers'), 'latin1')
    .split(/\s+/)
    .flatMap((word) => OUR_NAME[word] ?? []);
  const builtIn = (['freezer', 'devices'] as const).filter((name) => !v1.some((one) => one.controllers.includes(name)));
  return { version: 2, mount, controllers: [...listed, ...builtIn] };
}

/** Of several mounts of one hierarchy, one that shows its root; else the first. */
function best(mounts: readonly MountEntry[]): MountEntry | undefined {
  return mounts.find((mount) => mount.root === '/') ?? mounts[0];
}

function kernelControllers(text: string): { name: Controller; enabled: boolean }[] {
  return text.split('\n').flatMap((line) => {
    const [word, , , enabled] = line.split('\t');
    const name = word === undefined ? undefined : OUR_NAME[word];
    return name === undefined ? [] : [{ name, enabled: enabled === '1' }];
  });
}

/** /proc/self/cgroup: controller list or name → this process's path. */
function ownCgroups(text: string): Map<string, string> {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (match !== null) paths.set(match[1] as string, match[2] as string);
  }
  return paths;
}
