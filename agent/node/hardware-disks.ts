import { readdirSync } from 'node:fs';
import type { HardwareView } from '#agent/contract/node.js';
import { fileText, isThere } from './feature.js';

/** /sys/block/NAME/size counts these, whatever the disk's own sectors are. */
const SECTOR_BYTES = 512;

/** The block devices of `/sys/block` that are a device of the machine (no loop, no RAM disk, no device mapper). Source: sysfs(5). */
export function readDisks(blockRoot: string): HardwareView['disks'] {
  if (!isThere(blockRoot)) return [];
  return readdirSync(blockRoot)
    .filter((name) => isThere(`${blockRoot}/${name}/device`))
    .sort()
    .map((name) => {
      const text = (file: string): string | undefined => fileText(`${blockRoot}/${name}/${file}`);
      return {
        name,
        sizeBytes: Number(text('size') ?? 0) * SECTOR_BYTES,
        model: text('device/model') || null,
        rotational: text('queue/rotational') === '1',
        removable: text('removable') === '1',
      };
    });
}
