import { resolve } from 'node:path';
import { PROPAGATION, propagationOf } from '#runtime/spec/mount-options.js';
import type { OciConfig } from '#runtime/spec/oci.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';
import { makeFilesystem } from './compile-filesystem.js';
import type { OpenSources } from './compile-sources.js';
import { AT, O_DIRECTORY, O_DIRECTORY_ELSE, OPEN_FLAGS } from './kernel-words.js';

/** The root as it stands: it is replaced by each mount with destination `/`. */
export interface Root {
  /** The mount that is the root; in-root paths are resolved from it. Absent until the first mount with destination `/`. */
  slot: number;
  /** The directory of the node that it is mounted on. */
  mountpoint: number;
  /** The node's /dev/null: what masks files, and what a console's place is made like. No image can have put something there. */
  null: number | undefined;
  /** An empty read-only directory, when there are paths to mask. */
  empty: number | undefined;
  /** Mounts that turn read-only when all is made in them. */
  readonlyLater: { origin: string; slot: number }[];
}

const NONE = -1;

/**
 * Child half: nothing mounted from here on reaches the node; the root's directory is mounted on itself. The node's own mounts stay
 * slaves, so that what the node unmounts meanwhile is not kept busy here.
 */
export function attachRoot(
  tape: TapeBuilder,
  spec: OciConfig,
  context: CompileContext,
  sources: OpenSources,
  userns: boolean,
): Root {
  const slave = BigInt(PROPAGATION.slave);
  tape.add('linux.rootfsPropagation', {
    op: 'mountSetattr',
    mount: undefined,
    path: '/',
    atFlags: AT.RECURSIVE,
    ...attr({ propagation: slave }),
  });
  const mountpoint = tape.slot('root.path');
  const path = resolve(context.bundleDir, spec.root.path);
  const flags = OPEN_FLAGS.O_PATH | (O_DIRECTORY[context.arch] ?? O_DIRECTORY_ELSE);
  tape.add('root.path', { op: 'open', dir: undefined, path, flags, mode: 0, resolve: 0, out: mountpoint });
  const masks = (spec.linux.maskedPaths ?? []).length > 0;
  const nullNode = masks || spec.process.terminal === true ? openNull(tape) : undefined;
  // From here on files are made by, and belong to, the root of the container's user namespace.
  if (userns) tape.add('linux.uidMappings', { op: 'setUser', uid: 0, gid: 0, groups: new Uint8Array(), setGroups: 1 });
  const empty = masks ? emptyDirectory(tape, mountpoint) : undefined;
  const root: Root = { slot: NONE, mountpoint, null: nullNode, empty, readonlyLater: [] };
  if (sources.root !== undefined) setRoot(tape, root, 'root.path', sources.root);
  return root;
}

/** Mounts `mount` over the root; it is the root from now on. */
export function setRoot(tape: TapeBuilder, root: Root, origin: string, mount: number): void {
  tape.add(origin, { op: 'moveMount', from: mount, to: root.mountpoint });
  if (root.slot !== NONE) tape.close(origin, root.slot);
  root.slot = mount;
}

/** mount_setattr's arguments, what is not given being nothing. */
export function attr(change: { set?: bigint; clear?: bigint; propagation?: bigint; userns?: number }): {
  set: bigint;
  clear: bigint;
  propagation: bigint;
  userns: number | undefined;
} {
  return { set: change.set ?? 0n, clear: change.clear ?? 0n, propagation: change.propagation ?? 0n, userns: change.userns };
}

/** What the root's own mount tree is to the node's mounts beneath it until rootfsPropagation is applied: never shared. */
export function rootTreePropagation(spec: OciConfig): bigint {
  const asked = propagationOf(spec.linux.rootfsPropagation ?? '')?.type;
  return BigInt(asked === PROPAGATION.shared || asked === PROPAGATION.slave ? PROPAGATION.slave : PROPAGATION.private);
}

function openNull(tape: TapeBuilder): number {
  const out = tape.slot('linux.maskedPaths');
  tape.add('linux.maskedPaths', {
    op: 'open',
    dir: undefined,
    path: '/dev/null',
    flags: OPEN_FLAGS.O_PATH,
    mode: 0,
    resolve: 0,
    out,
  });
  return out;
}

/** It must be mounted somewhere to be bound elsewhere: on the root's mountpoint, where the root then covers it. */
function emptyDirectory(tape: TapeBuilder, mountpoint: number): number {
  const slot = makeFilesystem(tape, 'linux.maskedPaths', {
    type: 'tmpfs',
    source: 'tmpfs',
    flags: [],
    data: [
      { key: 'mode', value: '0555' },
      { key: 'nr_inodes', value: '1' },
    ],
    attributes: 0xf,
  });
  tape.add('linux.maskedPaths', { op: 'moveMount', from: slot, to: mountpoint });
  return slot;
}
