import type { Step } from '#test/support/play-tape.js';

export const AT_EMPTY_PATH = 0x1000;
export const AT_RECURSIVE = 0x8000;
export const OPEN_TREE_CLONE = 1;
export const O_PATH = 0x200000;
export const O_DIRECTORY = 0x10000;
export const MS_PRIVATE = 0x40000;
export const MOUNT_ATTR_RDONLY = 1;
export const CLONE = {
  mnt: 0x20000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  net: 0x40000000,
};
/** A container's usual namespaces. */
export const NAMESPACES = CLONE.mnt | CLONE.uts | CLONE.ipc | CLONE.pid | CLONE.net;
/** The slot that holds the root mount of `smallRoot`; slots 40 to 59 are its own. */
export const ROOT_SLOT = 40;

const SCRATCH = 41;
const TARGET = 42;
const FSCONFIG_STRING = 1;
const FSCONFIG_CREATE = 6;
const PARENT_SLOTS = { read: 50, write: 51 };

/**
 * The child's half up to its own root: a tmpfs mounted on the host directory `at`, with the host's /usr, links into it, /proc, /dev
 * (null, devpts) and /tmp; pivoted into when `pivot`.
 */
export function smallRoot(at: string, pivot = true): Step[] {
  return [
    { op: 'waitPeer', read: PARENT_SLOTS.read },
    {
      op: 'mountSetattr',
      mount: undefined,
      path: '/',
      atFlags: AT_RECURSIVE,
      set: 0,
      clear: 0,
      propagation: MS_PRIVATE,
      userns: undefined,
    },
    ...filesystem('tmpfs', ROOT_SLOT, { mode: '0755' }),
    { op: 'open', dir: undefined, path: at, flags: O_PATH | O_DIRECTORY, mode: 0, resolve: 0, out: TARGET },
    { op: 'moveMount', from: ROOT_SLOT, to: TARGET },
    { op: 'close', fd: TARGET },
    { op: 'openTree', dir: undefined, path: '/usr', flags: OPEN_TREE_CLONE | AT_RECURSIVE, out: SCRATCH },
    ...attach('usr'),
    ...['bin', 'sbin', 'lib', 'lib64'].map(
      (name): Step => ({ op: 'symlink', root: ROOT_SLOT, target: `usr/${name}`, path: `/${name}` }),
    ),
    ...filesystem('proc', SCRATCH),
    ...attach('proc'),
    { op: 'makeNode', root: ROOT_SLOT, path: 'dev/null', mode: 0o20666, dev: 0x103, uid: 0, gid: 0, fallback: undefined },
    ...filesystem('devpts', SCRATCH, { newinstance: '', ptmxmode: '0666', mode: '0620' }),
    ...attach('dev/pts'),
    { op: 'mkdirAll', root: ROOT_SLOT, path: 'tmp', mode: 0o1777, uid: 0, gid: 0, out: TARGET },
    { op: 'close', fd: TARGET },
    ...(pivot ? [{ op: 'pivotRoot', root: ROOT_SLOT } as const] : []),
  ];
}

/** What stands before the clone and in the parent's half, for a child that begins with `smallRoot`. */
export const SMALL_ROOT_BEFORE: readonly Step[] = [{ op: 'pipe', ...PARENT_SLOTS }];
export const SMALL_ROOT_PARENT: readonly Step[] = [
  { op: 'reportPid' },
  { op: 'signalPeer', write: PARENT_SLOTS.write },
  { op: 'finish' },
];

/** A new detached mount of a filesystem in slot `out`. */
export function filesystem(type: string, out: number, options: Readonly<Record<string, string>> = {}): Step[] {
  const context = 59;
  return [
    { op: 'fsopen', type, out: context },
    ...Object.entries(options).map(
      ([key, value]): Step =>
        value === ''
          ? { op: 'fsconfig', fs: context, cmd: 0, key, value: undefined }
          : { op: 'fsconfig', fs: context, cmd: FSCONFIG_STRING, key, value },
    ),
    { op: 'fsconfig', fs: context, cmd: FSCONFIG_CREATE, key: undefined, value: undefined },
    { op: 'fsmount', fs: context, attrs: 0, out },
    { op: 'close', fd: context },
  ];
}

/** Runs a shell script with only PATH set. */
export function shell(script: string): Step {
  return { op: 'exec', argv: ['sh', '-c', script], envp: ['PATH=/usr/sbin:/usr/bin'] };
}

function attach(path: string): Step[] {
  return [
    { op: 'makeTarget', root: ROOT_SLOT, path, like: SCRATCH, out: TARGET },
    { op: 'moveMount', from: SCRATCH, to: TARGET },
    { op: 'close', fd: SCRATCH },
    { op: 'close', fd: TARGET },
  ];
}
