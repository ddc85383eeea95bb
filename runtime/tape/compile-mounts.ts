import { relative, resolve } from 'node:path';
import { MOUNT_ATTR, type MountOptions, parseMountOptions, propagationOf } from '#runtime/spec/mount-options.js';
import type { OciConfig, OciMount } from '#runtime/spec/oci.js';
import { normalPath } from '#runtime/spec/validate-mounts.js';
import type { TapeBuilder } from './compile-builder.js';
import type { CompileContext } from './compile-context.js';
import { makeFilesystem } from './compile-filesystem.js';
import { attr, type Root, setRoot } from './compile-root.js';
import type { OpenSources } from './compile-sources.js';
import { AT, O_DIRECTORY, O_DIRECTORY_ELSE, OPEN_FLAGS, RESOLVE } from './kernel-words.js';

/** One mount being compiled. */
interface Step {
  tape: TapeBuilder;
  origin: string;
  mount: OciMount;
  /** Normal form of its destination. */
  path: string;
  options: MountOptions;
  root: Root;
  spec: OciConfig;
  context: CompileContext;
  sources: OpenSources;
  index: number;
}

/** Child half: all mounts in order, each onto a place resolved inside the root as it stands then. */
export function mountAll(tape: TapeBuilder, spec: OciConfig, context: CompileContext, root: Root, sources: OpenSources): void {
  (spec.mounts ?? []).forEach((mount, index) => {
    const origin = `mounts[${index}]`;
    const path = normalPath(mount.destination);
    const step: Step = { tape, origin, mount, path, options: parseMountOptions(mount), root, spec, context, sources, index };
    if (mount.type === 'cgroup' && sources.cgroups.size > 0) mountCgroupV1(step);
    else mountOne(step);
  });
}

function mountOne(step: Step): void {
  const { tape, origin, root, path } = step;
  const bind = step.sources.binds.get(step.index);
  if (bind === undefined) layerDirectories(step);
  const later = bind === undefined && readonlyLater(step);
  const slot = bind ?? makeFilesystem(tape, origin, filesystemOf(step, later));
  if (path === '/') {
    setRoot(tape, root, origin, slot);
  } else {
    const target = targetOf(step, bind);
    tape.add(origin, { op: 'moveMount', from: slot, to: target });
    tape.close(origin, target);
  }
  if (bind === undefined) {
    for (const { type, recursive } of step.options.propagation) {
      const atFlags = AT.EMPTY_PATH | (recursive ? AT.RECURSIVE : 0);
      tape.add(origin, { op: 'mountSetattr', mount: slot, path: '', atFlags, ...attr({ propagation: BigInt(type) }) });
    }
  }
  if (later) root.readonlyLater.push({ origin, slot });
  else if (path !== '/') tape.close(origin, slot);
}

/** Filesystems of no device, whose `ro` is the mount's alone: others of their kind stay writable. */
const KERNEL_FILESYSTEMS = new Set([
  'proc',
  'sysfs',
  'tmpfs',
  'devpts',
  'mqueue',
  'cgroup',
  'cgroup2',
  'overlay',
  'bpf',
  'debugfs',
  'tracefs',
]);

function filesystemOf(step: Step, later: boolean): Parameters<typeof makeFilesystem>[2] {
  const { mount, options, context } = step;
  const { set } = options.attributes;
  const all = set | options.recursiveAttributes.set;
  // On a pure v2 host `cgroup` means cgroup2, as every runtime takes it.
  const type = mount.type === 'cgroup' && context.cgroup.v1.length === 0 ? 'cgroup2' : (mount.type as string);
  const device = !KERNEL_FILESYSTEMS.has(type) && (all & MOUNT_ATTR.RDONLY) !== 0;
  return {
    type,
    source: mount.source ?? type,
    flags: [...(device ? ['ro'] : []), ...options.filesystemFlags],
    data: options.data,
    attributes: later ? all & ~MOUNT_ATTR.RDONLY : all,
  };
}

/** A read-only tmpfs in which something is still to be made (mount targets, device nodes) turns read-only afterwards. */
function readonlyLater({ mount, options, path, spec, index }: Step): boolean {
  const readonly = ((options.attributes.set | options.recursiveAttributes.set) & MOUNT_ATTR.RDONLY) !== 0;
  if (!readonly || mount.type !== 'tmpfs') return false;
  const prefix = path === '/' ? '/' : `${path}/`;
  const nested = (spec.mounts ?? []).slice(index + 1).some((other) => normalPath(other.destination).startsWith(prefix));
  return path === '/dev' || nested || (spec.linux.devices ?? []).some((device) => device.path.startsWith(prefix));
}

/** An overlay's upper and work directories that lie in the root as it stands (a tmpfs mounted for them) are made there. */
function layerDirectories({ tape, origin, mount, options, root, path, spec, context }: Step): void {
  if (mount.type !== 'overlay' || path !== '/' || root.slot < 0) return;
  const rootPath = resolve(context.bundleDir, spec.root.path);
  for (const { key, value = '' } of options.data) {
    const inside = relative(rootPath, value.replace(/\\([\\:])/g, '$1'));
    if ((key === 'upperdir' || key === 'workdir') && inside !== '' && !inside.startsWith('..')) {
      tape.close(origin, makeDirectory(tape, origin, root, inside));
    }
  }
}

function makeDirectory(tape: TapeBuilder, origin: string, root: Root, path: string): number {
  const out = tape.slot(origin);
  tape.add(origin, { op: 'mkdirAll', root: root.slot, path, mode: 0o755, uid: 0, gid: 0, out });
  return out;
}

/** What the runtime itself relies on: found without following any link, so that an image cannot put something else there. */
const OWN_PLACES = new Set(['/proc', '/sys', '/dev']);

function targetOf(step: Step, bind: number | undefined): number {
  const { tape, origin, root, path, mount, context } = step;
  if (bind !== undefined && !OWN_PLACES.has(path)) {
    const out = tape.slot(origin);
    tape.add(origin, { op: 'makeTarget', root: root.slot, path, like: bind, out });
    return out;
  }
  const made = makeDirectory(tape, origin, root, path);
  if (!OWN_PLACES.has(path) && mount.type !== 'proc' && mount.type !== 'sysfs') return made;
  tape.close(origin, made);
  const out = tape.slot(origin);
  const flags = OPEN_FLAGS.O_PATH | (O_DIRECTORY[context.arch] ?? O_DIRECTORY_ELSE);
  const how = RESOLVE.IN_ROOT | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS;
  tape.add(origin, { op: 'open', dir: root.slot, path, flags, mode: 0, resolve: how, out });
  return out;
}

/**
 * `cgroup` where v1 hierarchies are: a tmpfs with the container's own directory of each hierarchy bound under the name of its
 * mount, and a link for each controller of a joint one, as runc lays it out.
 */
function mountCgroupV1(step: Step): void {
  const { tape, origin, options, root, sources, context } = step;
  const attributes = options.attributes.set & ~MOUNT_ATTR.RDONLY;
  const slot = makeFilesystem(tape, origin, {
    type: 'tmpfs',
    source: 'tmpfs',
    flags: [],
    data: [{ key: 'mode', value: '755' }],
    attributes,
  });
  const target = targetOf(step, undefined);
  tape.add(origin, { op: 'moveMount', from: slot, to: target });
  tape.close(origin, target);
  const inside: Root = { ...root, slot };
  context.cgroup.v1.forEach(({ name }, hierarchy) => {
    const from = sources.cgroups.get(hierarchy);
    if (from === undefined) return;
    const to = makeDirectory(tape, origin, inside, name);
    tape.add(origin, { op: 'moveMount', from, to });
    tape.close(origin, to);
    tape.close(origin, from);
    const controllers = name.split(',');
    for (const path of controllers.length > 1 ? controllers : [])
      tape.add(origin, { op: 'symlink', root: slot, target: name, path });
  });
  sources.cgroups.clear();
  if ((options.attributes.set & MOUNT_ATTR.RDONLY) !== 0) root.readonlyLater.push({ origin, slot });
  else tape.close(origin, slot);
}

/** Masked and read-only paths; what is not there is left alone. */
export function hidePaths(tape: TapeBuilder, spec: OciConfig, root: Root): void {
  (spec.linux.readonlyPaths ?? []).forEach((path, index) => {
    tape.add(`linux.readonlyPaths[${index}]`, { op: 'readonlyPath', root: root.slot, path });
  });
  (spec.linux.maskedPaths ?? []).forEach((path, index) => {
    const over = { file: root.null as number, dir: root.empty as number };
    tape.add(`linux.maskedPaths[${index}]`, { op: 'mask', root: root.slot, path, ...over });
  });
}

/** The working directory, what turns read-only last, and the change into the root. */
export function finishMounts(tape: TapeBuilder, spec: OciConfig, root: Root): void {
  const cwd = normalPath(spec.process.cwd);
  if (cwd !== '/') tape.close('process.cwd', makeDirectory(tape, 'process.cwd', root, cwd));
  const readonly = attr({ set: BigInt(MOUNT_ATTR.RDONLY) });
  for (const { origin, slot } of root.readonlyLater) {
    tape.add(origin, { op: 'mountSetattr', mount: slot, path: '', atFlags: AT.EMPTY_PATH, ...readonly });
  }
  if (spec.root.readonly === true) {
    tape.add('root.readonly', { op: 'mountSetattr', mount: root.slot, path: '', atFlags: AT.EMPTY_PATH, ...readonly });
  }
  tape.add('root.path', { op: 'pivotRoot', root: root.slot });
  const propagation = propagationOf(spec.linux.rootfsPropagation ?? '');
  if (propagation !== undefined) {
    const atFlags = propagation.recursive ? AT.RECURSIVE : 0;
    const change = attr({ propagation: BigInt(propagation.type) });
    tape.add('linux.rootfsPropagation', { op: 'mountSetattr', mount: undefined, path: '/', atFlags, ...change });
  }
}
