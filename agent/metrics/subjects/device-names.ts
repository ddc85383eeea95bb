import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `MAJ:MIN` → `/dev/NAME`, looked up once each; a device that is gone, or is none, keeps its numbers. */
export function deviceNames(sysRoot: string): (device: string) => string {
  const names = new Map<string, string>();
  return (device) => {
    let name = names.get(device);
    if (name === undefined) {
      name = /^\d+:\d+$/.test(device) ? lookUp(sysRoot, device) : device;
      names.set(device, name);
    }
    return name;
  };
}

function lookUp(sysRoot: string, device: string): string {
  try {
    return `/dev/${basename(readlinkSync(join(sysRoot, 'dev/block', device))).replaceAll('!', '/')}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return device;
    throw error;
  }
}
