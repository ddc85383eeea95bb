import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import type { IoDeviceLimits } from '#runtime/cgroup/limits.js';
import type { NodeContext } from './context.js';

/** A whole disk, and how it was found. */
export type FoundDisk = Pick<IoDeviceLimits, 'major' | 'minor' | 'disk'>;

/** The whole disk behind a device node, MAJ:MIN or any path on it; throws DEVICE_UNKNOWN with the field. */
export function resolveDevice(context: Pick<NodeContext, 'procRoot' | 'sysRoot'>, device: string, field: string): FoundDisk {
  const { procRoot, sysRoot } = context;
  const { major, minor, name, via } = resolveBlockDevice(device, { procRoot, sysRoot }, field);
  return { major, minor, disk: { name, via } };
}
