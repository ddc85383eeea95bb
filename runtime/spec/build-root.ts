import { join } from 'node:path';
import type { ContainerConfig } from './container-config.js';
import { specUnsupported } from './errors.js';
import type { OciMount } from './oci.js';
import { HOST_IMAGE_PATHS } from './paths.js';
import type { SpecHost } from './spec-host.js';

export interface BuiltRoot {
  /** root.path */
  path: string;
  /** Mounts with destination `/` that make up the root, and what belongs to the image; they come before all others. */
  rootMounts: OciMount[];
  /** Paths of the node that the image must not show. */
  hidden: string[];
}

/**
 * The root of a `host:` or `rootfs:` image. A plain directory is root.path itself. Anything else is laid over the empty directory
 * `rootfs` by mounts with destination `/`: `host:` is an overlay on the node's root, whose upper layer is the container's own
 * directory, or a tmpfs where that cannot be one; a rootfs in a user namespace is bound idmapped, so that its root is the container's.
 */
export function buildRoot(config: ContainerConfig, host: SpecHost): BuiltRoot {
  const { image } = config;
  const mapped = config.userns !== undefined && config.userns !== 'host';
  if (image.kind === 'host') {
    if (mapped && before(host.kernel, [5, 19]))
      throw specUnsupported('userns', 'host: in a user namespace needs Linux 5.19 (overlays of idmapped layers)');
    const mountpoint = mapped ? PASSABLE : join(host.containerDir, 'rootfs');
    return {
      path: mountpoint,
      rootMounts: [...overlay(host, mountpoint, mapped), ...ownFilesystems(host)],
      hidden: [...host.hiddenPaths],
    };
  }
  const dir = image.dir;
  if (!mapped) return { path: dir, rootMounts: [], hidden: [] };
  return {
    path: join(host.containerDir, 'rootfs'),
    rootMounts: [{ destination: '/', type: 'bind', source: dir, options: ['rbind', 'idmap'] }],
    hidden: [],
  };
}

/**
 * An overlay's layers are found by paths, which root of a user namespace must be able to walk, and the container's directory is the
 * node's root's alone. Every node has this directory; what is mounted on it is seen in the container's mount namespace only.
 */
const PASSABLE = '/sys';

const before = (kernel: readonly [number, number], than: readonly [number, number]): boolean =>
  kernel[0] < than[0] || (kernel[0] === than[0] && kernel[1] < than[1]);

function overlay(host: SpecHost, mountpoint: string, mapped: boolean): OciMount[] {
  const layers = (lower: string, dir: string): OciMount => ({
    destination: '/',
    type: 'overlay',
    source: 'overlay',
    options: [`lowerdir=${lower}`, `upperdir=${escaped(join(dir, 'upper'))}`, `workdir=${escaped(join(dir, 'work'))}`],
  });
  if (host.upper === 'disk' && !mapped) return [layers('/', host.containerDir)];
  // The tmpfs stands at the root's mountpoint, and the overlay, when it is made of what lies in it, on top.
  const stage: OciMount = { destination: '/', type: 'tmpfs', source: 'tmpfs', options: ['mode=755'] };
  if (!mapped) return [stage, layers('/', mountpoint)];
  const lower: OciMount = { destination: '/lower', type: 'bind', source: '/', options: ['bind', 'ro', 'idmap'] };
  return [stage, lower, layers(escaped(join(mountpoint, 'lower')), mountpoint)];
}

/** Overlay splits layer lists at colons. */
const escaped = (path: string): string => path.replace(/[\\:]/g, '\\$&');

/** Directories of the image that are filesystems of their own on the node, which an overlay's lower layer does not show. */
function ownFilesystems(host: SpecHost): OciMount[] {
  const inside = (path: string, dir: string): boolean => path === dir || path.startsWith(`${dir}/`);
  const wanted = host.mountPoints.filter((point) => HOST_IMAGE_PATHS.some((dir) => inside(point, dir)));
  const sorted = [...new Set(wanted)].sort();
  const tops = sorted.filter((point) => !sorted.some((other) => other !== point && inside(point, other)));
  return tops.map((point) => ({ destination: point, type: 'bind', source: point, options: ['rbind', 'rprivate', 'rro'] }));
}
