import { resolve } from 'node:path';
import { MOUNT_ATTR, type MountOptions, PROPAGATION, parseMountOptions } from '#runtime/spec/mount-options.js';
import type { OciConfig, OciIdMapping, OciMount } from '#runtime/spec/oci.js';
import { normalPath } from '#runtime/spec/validate-mounts.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';
import { idMap } from './compile-namespaces.js';
import { attr, rootTreePropagation } from './compile-root.js';
import { AT, OPEN_TREE_CLONE } from './kernel-words.js';

export interface OpenSources {
  /** root.path's own tree, unless a mount takes the root's place. */
  root: number | undefined;
  /** By index in `mounts`: the tree a bind mounts. */
  binds: Map<number, number>;
  /** By index in `placement.v1`, when a cgroup filesystem is asked for. */
  cgroups: Map<number, number>;
}

/**
 * Parent half: detached copies of everything bound from the node, found by the node's paths and with the node's rights, with their
 * attributes set. The child only moves them into place; it needs no path of the node, and a path cannot be swapped in between.
 */
export function openSources(
  tape: TapeBuilder,
  spec: OciConfig,
  context: CompileContext,
  userSlot: number | undefined,
): OpenSources {
  const sources: OpenSources = { root: undefined, binds: new Map(), cgroups: new Map() };
  const mounts = spec.mounts ?? [];
  const userns = new UserNamespaces(tape, spec, userSlot);
  if (mounts[0] === undefined || normalPath(mounts[0].destination) !== '/') {
    sources.root = openTree(tape, 'root.path', resolve(context.bundleDir, spec.root.path), true);
    setAttributes(tape, 'root.path', sources.root, { recursive: true, set: 0, clear: 0, propagation: rootTreePropagation(spec) });
  }
  mounts.forEach((mount, index) => {
    const options = parseMountOptions(mount);
    const origin = `mounts[${index}]`;
    if (options.bind) {
      const slot = openTree(tape, origin, resolve(context.bundleDir, mount.source as string), options.recursive);
      applyOptions(tape, origin, slot, mount, options, userns);
      sources.binds.set(index, slot);
    } else if (mount.type === 'cgroup' && sources.cgroups.size === 0) {
      const { set, clear } = options.attributes;
      context.cgroup.v1.forEach(({ dir }, hierarchy) => {
        const slot = openTree(tape, origin, dir, false);
        setAttributes(tape, origin, slot, { recursive: false, set, clear, propagation: BigInt(PROPAGATION.private) });
        sources.cgroups.set(hierarchy, slot);
      });
    }
  });
  userns.close();
  return sources;
}

function openTree(tape: TapeBuilder, origin: string, path: string, recursive: boolean): number {
  const out = tape.slot(origin);
  tape.add(origin, { op: 'openTree', dir: undefined, path, flags: OPEN_TREE_CLONE | (recursive ? AT.RECURSIVE : 0), out });
  return out;
}

function applyOptions(
  tape: TapeBuilder,
  origin: string,
  slot: number,
  mount: OciMount,
  options: MountOptions,
  userns: UserNamespaces,
): void {
  const idmap = options.idmap === 'none' && mount.uidMappings?.length ? 'plain' : options.idmap;
  if (idmap !== 'none') {
    const atFlags = AT.EMPTY_PATH | (idmap === 'recursive' ? AT.RECURSIVE : 0);
    const change = attr({ set: BigInt(MOUNT_ATTR.IDMAP), userns: userns.of(origin, mount) });
    tape.add(origin, { op: 'mountSetattr', mount: slot, path: '', atFlags, ...change });
  }
  // A copy of a shared tree is in its peer group; without a word about it, it leaves that, as Docker's rprivate does.
  const propagation = options.propagation.length === 0 ? [{ type: PROPAGATION.private, recursive: true }] : options.propagation;
  const [first, ...more] = propagation;
  const of = (recursive: boolean): bigint => BigInt(first?.recursive === recursive ? first.type : 0);
  setAttributes(tape, origin, slot, { recursive: false, ...options.attributes, propagation: of(false) });
  setAttributes(tape, origin, slot, { recursive: true, ...options.recursiveAttributes, propagation: of(true) });
  for (const { type, recursive } of more)
    setAttributes(tape, origin, slot, { recursive, set: 0, clear: 0, propagation: BigInt(type) });
}

function setAttributes(
  tape: TapeBuilder,
  origin: string,
  mount: number,
  change: { recursive: boolean; set: number; clear: number; propagation: bigint },
): void {
  const { set, clear, propagation } = change;
  if (set === 0 && clear === 0 && propagation === 0n) return;
  const atFlags = AT.EMPTY_PATH | (change.recursive ? AT.RECURSIVE : 0);
  const args = { mount, path: '', atFlags, set: BigInt(set), clear: BigInt(clear), propagation };
  // Where tsgov runs in a container itself, the outer one may have locked what is to be cleared.
  if ((clear & ~MOUNT_ATTR.ATIME) !== 0) tape.add(origin, { op: 'mountSetattrLocked', ...args });
  else tape.add(origin, { op: 'mountSetattr', ...args, userns: undefined });
}

/** User namespaces that idmapped mounts take their maps from, one for each map. */
class UserNamespaces {
  readonly #tape: TapeBuilder;
  readonly #spec: OciConfig;
  readonly #joined: number | undefined;
  readonly #made = new Map<string, { slot: number; origin: string }>();

  constructor(tape: TapeBuilder, spec: OciConfig, joined: number | undefined) {
    this.#tape = tape;
    this.#spec = spec;
    this.#joined = joined;
  }

  /** That of the mount's own maps, else the container's. */
  of(origin: string, mount: OciMount): number {
    const own = Boolean(mount.uidMappings?.length);
    if (!own && this.#joined !== undefined) return this.#joined;
    const { uidMappings = [], gidMappings = [] } = own ? mount : this.#spec.linux;
    const key = JSON.stringify([uidMappings, gidMappings].map((maps: OciIdMapping[]) => idMap(maps).toString()));
    const made = this.#made.get(key);
    if (made !== undefined) return made.slot;
    const slot = this.#tape.slot(origin);
    this.#tape.add(origin, { op: 'makeUserns', uidMap: idMap(uidMappings), gidMap: idMap(gidMappings), out: slot });
    this.#made.set(key, { slot, origin });
    return slot;
  }

  close(): void {
    for (const { slot, origin } of this.#made.values()) this.#tape.close(origin, slot);
  }
}
