import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface DiskNumber {
  major: number;
  minor: number;
}

/** `254:0`. */
export function numberText({ major, minor }: DiskNumber): string {
  return `${major}:${minor}`;
}

export function isBlockDevice(sysRoot: string, device: DiskNumber): boolean {
  return existsSync(entry(sysRoot, device));
}

/** The kernel's name of a block device, `vda1`. Throws where sysfs does not have it. */
export function diskName(sysRoot: string, device: DiskNumber): string {
  return basename(realpathSync(entry(sysRoot, device)));
}

/**
 * The disk a block device is a part of: a partition's disk; below device mapper and md with one single disk under them, that disk. Over
 * several disks the stacked device is the answer. Source: Documentation/ABI sysfs-block.
 */
export function wholeDisk(sysRoot: string, device: DiskNumber): DiskNumber {
  const dir = wholeDir(realpathSync(entry(sysRoot, device)));
  const below = [...disksBelow(dir)];
  const disk = below.length === 1 ? (below[0] as string) : dir;
  return readNumber(join(disk, 'dev'));
}

function wholeDir(dir: string): string {
  return existsSync(join(dir, 'partition')) ? dirname(dir) : dir;
}

/** The bottom disks under a stacked device, each once; of a plain disk itself. */
function disksBelow(dir: string, seen = new Set<string>()): Set<string> {
  const slaves = join(dir, 'slaves');
  const names = existsSync(slaves) ? readdirSync(slaves) : [];
  if (names.length === 0) seen.add(dir);
  for (const name of names) disksBelow(wholeDir(realpathSync(join(slaves, name))), seen);
  return seen;
}

function entry(sysRoot: string, device: DiskNumber): string {
  return join(sysRoot, 'dev/block', numberText(device));
}

function readNumber(path: string): DiskNumber {
  const [major, minor] = readFileSync(path, 'latin1').trim().split(':').map(Number);
  return { major: major as number, minor: minor as number };
}
