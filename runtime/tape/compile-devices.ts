import { DEFAULT_DEVICES, DEV_LINKS } from '#runtime/spec/defaults.js';
import { parseMountOptions } from '#runtime/spec/mount-options.js';
import type { OciConfig, OciDevice } from '#runtime/spec/oci.js';
import { normalPath } from '#runtime/spec/validate-mounts.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';
import type { Root } from './compile-root.js';
import { FILE_TYPES, OPEN_FLAGS } from './kernel-words.js';

/**
 * Child half: the config's nodes, the default ones it does not have, and the links of /dev. Where the node's own /dev is bound in,
 * all of it is the node's and nothing is made. In a user namespace nodes cannot be made: the node's are bound.
 */
export function addDevices(tape: TapeBuilder, spec: OciConfig, root: Root, userns: boolean, context: CompileContext): void {
  const bound = (spec.mounts ?? []).some((mount) => normalPath(mount.destination) === '/dev' && parseMountOptions(mount).bind);
  if (!bound) {
    makeNodes(tape, spec, root, userns || (context.hostCapabilities & CAP_MKNOD) === 0n);
    for (const { path, target } of DEV_LINKS) tape.add('linux.devices', { op: 'symlink', root: root.slot, target, path });
  }
  if (spec.process.terminal === true && !bound) {
    const out = tape.slot('process.terminal');
    tape.add('process.terminal', { op: 'makeTarget', root: root.slot, path: '/dev/console', like: root.null as number, out });
    tape.close('process.terminal', out);
  }
}

const CAP_MKNOD = 1n << 27n;

function makeNodes(tape: TapeBuilder, spec: OciConfig, root: Root, bindable: boolean): void {
  const nodes = new Map<string, { origin: string; device: OciDevice }>();
  for (const device of DEFAULT_DEVICES) nodes.set(device.path, { origin: 'linux.devices', device });
  (spec.linux.devices ?? []).forEach((device, index) => {
    nodes.set(normalPath(device.path), { origin: `linux.devices[${index}]`, device });
  });
  for (const [path, { origin, device }] of nodes) {
    const { type, major = 0, minor = 0, fileMode = 0o666, uid = 0, gid = 0 } = device;
    const kind = type === 'b' ? FILE_TYPES.S_IFBLK : type === 'p' ? FILE_TYPES.S_IFIFO : FILE_TYPES.S_IFCHR;
    const fallback = bindable && type !== 'p' ? openHostNode(tape, origin, device.path) : undefined;
    const dev = type === 'p' ? 0n : makedev(major, minor);
    tape.add(origin, { op: 'makeNode', root: root.slot, path, mode: kind | (fileMode & 0o7777), dev, uid, gid, fallback });
    if (fallback !== undefined) tape.close(origin, fallback);
  }
}

/** Still in the node's tree, as this half's mount namespace has it: only what is mounted here can be bound. */
function openHostNode(tape: TapeBuilder, origin: string, path: string): number {
  const out = tape.slot(origin);
  tape.add(origin, { op: 'open', dir: undefined, path, flags: OPEN_FLAGS.O_PATH, mode: 0, resolve: 0, out });
  return out;
}

/** dev_t as mknod(2) takes it. Source: makedev(3), linux/kdev_t.h. */
function makedev(major: number, minor: number): bigint {
  return BigInt((minor & 0xff) | ((major & 0xfff) << 8)) | (BigInt(minor & 0xfff00) << 12n);
}
