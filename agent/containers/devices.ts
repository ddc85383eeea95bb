import { resolveBlockDevice } from '#runtime/cgroup/block-device.js';
import type { NodeContext } from './context.js';

/** The whole disk behind a device node, MAJ:MIN or any path on it; throws DEVICE_UNKNOWN with the field. */
export function resolveDevice(context: NodeContext, device: string, field: string): { major: number; minor: number } {
  return resolveBlockDevice(device, { procRoot: context.procRoot, sysRoot: context.sysRoot }, field);
}
