import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostDevice } from '#runtime/spec/spec-host.js';

/**
 * The device nodes at a path of the node: itself, where a link (`/dev/disk/by-id/…`) stands for what it names, or all below a
 * directory, where links are passed over: `/dev/stdin` would be whatever the agent's stdin is. Nothing there is no device.
 */
export function hostDevices(path: string): HostDevice[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  return stat.isDirectory() ? devicesBelow(path) : deviceOf(path, stat);
}

function devicesBelow(dir: string): HostDevice[] {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return stat.isDirectory() ? devicesBelow(path) : deviceOf(path, stat);
  });
}

function deviceOf(path: string, stat: Stats): HostDevice[] {
  if (!(stat.isBlockDevice() || stat.isCharacterDevice())) return [];
  const { rdev, mode, uid, gid } = stat;
  // gnu_dev_major(3): 12 bits above 8, and the upper 32.
  const major = Number(((BigInt(rdev) >> 8n) & 0xfffn) | ((BigInt(rdev) >> 32n) & 0xfffff000n));
  const minor = Number((BigInt(rdev) & 0xffn) | ((BigInt(rdev) >> 12n) & 0xffffff00n));
  return [{ path, type: stat.isBlockDevice() ? 'b' : 'c', major, minor, fileMode: mode & 0o7777, uid, gid }];
}
