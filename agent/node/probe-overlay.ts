import { accessSync, constants, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostFeature } from '#agent/contract/node.js';
import { degraded, type FeatureText, missing, ok } from './feature.js';
import type { ProbeHost } from './probe-host.js';

const OVERLAY: FeatureText = {
  name: 'overlay',
  group: 'overlay',
  cost: 'host: images, and later layered ones, cannot be used; rootfs:DIR and bundle:DIR can',
  remedy: 'modprobe overlay, or boot a kernel with CONFIG_OVERLAY_FS',
};
const ON_DATA: FeatureText = {
  name: 'overlay on the data directory',
  group: 'overlay',
  cost: 'what containers write goes to memory (a tmpfs upper) and counts against it',
  remedy: 'put --root on ext4, xfs or btrfs; an overlay or network file system cannot carry an upper directory',
};

/** Makes an overlay over `/` with its upper in the data directory, without mounting it anywhere, and removes what it made. */
export function probeOverlay(host: ProbeHost): HostFeature[] {
  const base = nearestDirectory(host.dataRoot);
  let dir: string;
  try {
    accessSync(base, constants.W_OK);
    dir = mkdtempSync(join(base, '.tsgov-probe-'));
  } catch (error) {
    const why = (error as Error).message;
    return [
      degraded(OVERLAY, `could not be tried: ${why}`),
      missing({ ...ON_DATA, remedy: 'choose a --root that can be written' }, why),
    ];
  }
  try {
    const [upper, work] = [join(dir, 'upper'), join(dir, 'work')];
    mkdirSync(upper);
    mkdirSync(work);
    const refusal = host.overlayRefusal('/', upper, work);
    if (refusal === undefined) return [ok(OVERLAY, 'over /'), ok(ON_DATA, base)];
    if (refusal === 'ENODEV' || refusal === 'EPERM' || refusal === 'ENOSYS')
      return [missing(OVERLAY, `fsopen overlay: ${refusal}`), missing(ON_DATA, 'no overlay')];
    return [ok(OVERLAY, 'the kernel has it'), degraded(ON_DATA, `${base} cannot carry an upper directory: ${refusal}`)];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The directory itself, or the nearest above it that exists: they share the file system it will be made on. */
function nearestDirectory(path: string): string {
  try {
    accessSync(path);
    return path;
  } catch {
    return dirname(path) === path ? path : nearestDirectory(dirname(path));
  }
}
