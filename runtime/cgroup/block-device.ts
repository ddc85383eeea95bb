import { readFileSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DiskNumber, diskName, isBlockDevice, numberText, wholeDisk } from './block-sysfs.js';
import { CgroupError } from './errors.js';
import { type MountEntry, mountAt, parseMountinfo } from './mountinfo.js';

/** Where to look; on a real host `{ procRoot: '/proc', sysRoot: '/sys' }`. */
export interface BlockRoots {
  procRoot: string;
  sysRoot: string;
  /** How paths are looked at; node:fs unless told (fixtures have no device nodes). */
  files?: PathFiles;
}

export interface PathFiles {
  stat(path: string): Stats;
  realpath(path: string): string;
}

/** A whole disk as io.max and blkio.throttle take it. */
export interface BlockDevice {
  major: number;
  minor: number;
  /** The kernel's name, `vda`. */
  name: string;
  /** How it was found, from what was asked to the disk: `/data`, `ext4 on 259:2`, `dm-0`, `nvme0n1`. */
  via: string[];
}

const MAX_LAYERS = 16;

/**
 * The whole disk behind a device node, a MAJ:MIN, or any path on it: through overlay (its upper directory), btrfs, bind mounts,
 * partitions and device mapper. A dm or md device over several disks is itself what limits go on, and so is a loop device: the kernel
 * writes its file on its own behalf, through the page cache, so that a limit on the disk below holds nobody. Throws DEVICE_UNKNOWN
 * with `field`, saying what was found instead. Sources: sysfs-block, proc_pid_mountinfo(5), stat(2), cgroup-v2.rst "io.max".
 */
export function resolveBlockDevice(asked: string, roots: BlockRoots, field: string): BlockDevice {
  const via = [asked];
  const number = /^(\d{1,4}):(\d{1,7})$/.exec(asked);
  try {
    const start =
      number !== null ? { major: Number(number[1]), minor: Number(number[2]) } : deviceOfPath(asked, roots, via, MAX_LAYERS);
    const disk = downToDisk(start, roots, via);
    return { ...disk, name: diskName(roots.sysRoot, disk), via };
  } catch (error) {
    if (!(error instanceof NoDisk)) throw error;
    throw new CgroupError('DEVICE_UNKNOWN', `${field}: ${JSON.stringify(asked)}: ${error.message}`, {
      field,
      cause: error.cause,
    });
  }
}

/** What was found instead of a disk; becomes DEVICE_UNKNOWN. */
class NoDisk extends Error {}

function downToDisk(start: DiskNumber, roots: BlockRoots, via: string[]): DiskNumber {
  if (!isBlockDevice(roots.sysRoot, start)) throw new NoDisk(`this host has no block device ${numberText(start)}`);
  if (via.length > 1 || !via[0]?.endsWith(`/${diskName(roots.sysRoot, start)}`)) via.push(diskName(roots.sysRoot, start));
  const disk = wholeDisk(roots.sysRoot, start);
  const name = diskName(roots.sysRoot, disk);
  if (!via.includes(name)) via.push(name);
  return disk;
}

/** The block device a path is, or is on. */
function deviceOfPath(path: string, roots: BlockRoots, via: string[], layers: number): DiskNumber {
  if (!path.startsWith('/')) throw new NoDisk('is neither MAJ:MIN nor an absolute path');
  if (layers === 0) throw new NoDisk(`more than ${MAX_LAYERS} layers of filesystems (${via.join(', ')})`);
  const files = roots.files ?? { stat: statSync, realpath: realpathSync };
  const stat = look(path, () => files.stat(path));
  if (stat.isBlockDevice()) return splitDevice(stat.rdev);
  if (stat.isCharacterDevice()) throw new NoDisk('is a character device, not a disk');
  const device = splitDevice(stat.dev);
  if (device.major !== 0) return device;

  // Major 0: a filesystem that is not on one block device as the kernel sees it.
  const mounts = parseMountinfo(readFileSync(join(roots.procRoot, 'self/mountinfo'), 'utf8'));
  const mount = mountAt(
    mounts,
    look(path, () => files.realpath(path)),
  );
  if (mount === undefined) throw new NoDisk('is on no mount of this process');
  via.push(`${mount.fsType} at ${mount.mountPoint}`);
  const below = layerBelow(mount);
  try {
    return deviceOfPath(below, roots, via, layers - 1);
  } catch (error) {
    if (!(error instanceof NoDisk)) throw error;
    // A layer's path is as its mounter saw it, which may be out of sight here.
    throw new NoDisk(`is on ${mount.fsType} (mounted at ${mount.mountPoint}) over ${below}: ${error.message}`, {
      cause: error.cause,
    });
  }
}

/** The path that holds what is written to a stacked filesystem. */
function layerBelow(mount: MountEntry): string {
  if (mount.fsType === 'overlay') {
    const option = (name: string) => mount.superOptions.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
    const below = option('upperdir') ?? option('lowerdir')?.split(':')[0];
    if (below !== undefined) return below;
  }
  if (mount.source.startsWith('/')) return mount.source;
  throw new NoDisk(`is on ${mount.fsType} (mounted at ${mount.mountPoint}), which is on no disk`);
}

function look<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const what = code === 'ENOENT' ? `${path} does not exist` : `${path} cannot be looked at (${code})`;
    throw new NoDisk(what, { cause: error });
  }
}

/** dev_t as stat(2) gives it to user space. Source: gnu_dev_major(3). */
function splitDevice(dev: number): DiskNumber {
  const wide = BigInt(dev);
  return {
    major: Number(((wide >> 8n) & 0xfffn) | ((wide >> 32n) & 0xfffff000n)),
    minor: Number((wide & 0xffn) | ((wide >> 12n) & 0xffffff00n)),
  };
}
