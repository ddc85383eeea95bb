/**
 * How one argument of an op is carried. The C player validates each by this kind before anything is played:
 * - `slot`      a slot that holds an open fd when the op is played (never 0, the control socket); an empty one is EBADF
 * - `slot?`     the same, or none (AT_FDCWD where the op takes a directory)
 * - `out`       a slot the op fills (it must be empty, else EBUSY; it stays empty when the op fails)
 * - `str`       NUL-terminated bytes in the arena; `str?` may be absent
 * - `bytes`     a byte range of the arena
 * - `strv`      a list of strings in the arena, for argv and envp
 * - `u32`,`u64` numbers
 * - `op`        the index of a later op (the one forward jump)
 */
export type ArgKind = 'slot' | 'slot?' | 'out' | 'str' | 'str?' | 'bytes' | 'strv' | 'u32' | 'u64' | 'op';

export interface OpDef {
  readonly code: number;
  /** In the order of the record's seven argument words. */
  readonly args: Readonly<Record<string, ArgKind>>;
}

/**
 * The closed set of things the player can do, each one system call or one choice that exists only at play time. This table is the
 * single source: the C table (native/init/ops.gen.h) is generated from it. In-root paths are resolved by openat2 RESOLVE_IN_ROOT.
 */
export const OPS = {
  // Files. `dir` none: the path is the host's (or, after pivotRoot, the container's).
  /** openat2(dir, path, {flags|O_CLOEXEC, mode, resolve}) → out. */
  open: { code: 1, args: { dir: 'slot?', path: 'str', flags: 'u32', mode: 'u32', resolve: 'u32', out: 'out' } },
  close: { code: 2, args: { fd: 'slot' } },
  /** One write(2) of all bytes to an open fd; a short write is an error. */
  write: { code: 3, args: { fd: 'slot', data: 'bytes' } },
  /** open O_WRONLY, one write(2), close: sysctls, oom_score_adj, timens_offsets, attr/exec. */
  writeFile: { code: 4, args: { dir: 'slot?', path: 'str', resolve: 'u32', data: 'bytes' } },
  /**
   * Every missing directory of an in-root path, mode and owner for those made; the last one, O_PATH → out. Dangling links are followed
   * by making what they point to, inside root.
   */
  mkdirAll: { code: 5, args: { root: 'slot', path: 'str', mode: 'u32', uid: 'u32', gid: 'u32', out: 'out' } },
  /** The mount target for what `like` is: a directory for a directory, else an empty file; existing ones are kept. O_PATH → out. */
  makeTarget: { code: 6, args: { root: 'slot', path: 'str', like: 'slot', out: 'out' } },
  /**
   * mknod in root (parents made), mode (with its S_IFMT: a device or FIFO) and owner; where that is EPERM, an empty file with the host's
   * node `fallback` bound over it. The same node may stand there already; anything else (a link, a file without `fallback`) is EEXIST.
   */
  makeNode: {
    code: 7,
    args: { root: 'slot', path: 'str', mode: 'u32', dev: 'u64', uid: 'u32', gid: 'u32', fallback: 'slot?' },
  },
  /** symlinkat in root (parents must exist); an existing entry with the same target is fine. */
  symlink: { code: 8, args: { root: 'slot', target: 'str', path: 'str' } },
  /** fchownat + fchmodat of what the fd refers to (AT_EMPTY_PATH, /proc/self/fd); id 0xffffffff leaves the owner, mode 0xffffffff the mode. */
  setOwner: { code: 9, args: { fd: 'slot', mode: 'u32', uid: 'u32', gid: 'u32' } },

  // Mounts: fd-based only (mount_setattr(2), fsopen(2), open_tree(2), move_mount(2)).
  fsopen: { code: 16, args: { type: 'str', out: 'out' } },
  /** fsconfig(fs, cmd, key, value, aux): FLAG 0, STRING 1, CMD_CREATE 6. On error the fs context's log line goes to the report. */
  fsconfig: { code: 17, args: { fs: 'slot', cmd: 'u32', key: 'str?', value: 'str?' } },
  fsmount: { code: 18, args: { fs: 'slot', attrs: 'u32', out: 'out' } },
  /** open_tree(dir, path, flags|OPEN_TREE_CLOEXEC); path `""` with AT_EMPTY_PATH clones what dir refers to. */
  openTree: { code: 19, args: { dir: 'slot?', path: 'str', flags: 'u32', out: 'out' } },
  /** move_mount(from, "", to, "", F_EMPTY_PATH|T_EMPTY_PATH). */
  moveMount: { code: 20, args: { from: 'slot', to: 'slot' } },
  /** mount_setattr(mount, path, atFlags, {set, clear, propagation, userns}). */
  mountSetattr: {
    code: 21,
    args: { mount: 'slot?', path: 'str', atFlags: 'u32', set: 'u64', clear: 'u64', propagation: 'u64', userns: 'slot?' },
  },
  /** mountSetattr of a bind mount; on EPERM (flags locked by an outer user namespace) once more without clearing anything. */
  mountSetattrLocked: {
    code: 22,
    args: { mount: 'slot', path: 'str', atFlags: 'u32', set: 'u64', clear: 'u64', propagation: 'u64' },
  },
  /** fchdir(root); pivot_root(".", "."); umount2(".", MNT_DETACH); chdir("/"). */
  pivotRoot: { code: 23, args: { root: 'slot' } },
  umount: { code: 24, args: { path: 'str', flags: 'u32' } },
  /** Hide an in-root path: over a file a clone of `file` (/dev/null), over a directory a clone of `dir` (an empty read-only mount); missing: nothing. */
  mask: { code: 25, args: { root: 'slot', path: 'str', file: 'slot', dir: 'slot' } },
  /** Bind an in-root path onto itself (recursively) and make that read-only; missing: nothing. */
  readonlyPath: { code: 26, args: { root: 'slot', path: 'str' } },
  /** A user namespace with these maps, made by a short-lived child, for idmapped mounts (MOUNT_ATTR_IDMAP). */
  makeUserns: { code: 27, args: { uidMap: 'bytes', gidMap: 'bytes', out: 'out' } },

  // Namespaces and the two halves of the tape.
  unshare: { code: 32, args: { flags: 'u64' } },
  /** setns(fd, flags): fd a namespace file or a pidfd. */
  setns: { code: 33, args: { fd: 'slot', flags: 'u32' } },
  /** clone3 with CLONE_PARENT (the shim is the parent) [+ CLONE_INTO_CGROUP cgroup]: the child plays the next op, the parent goes to `parent`. */
  clone: { code: 34, args: { flags: 'u64', cgroup: 'slot?', parent: 'op' } },
  /** Parent half: write to /proc/<child>/<name> (uid_map, gid_map, setgroups, oom_score_adj). */
  writeChild: { code: 35, args: { name: 'str', data: 'bytes' } },
  /** pipe2(O_CLOEXEC). */
  pipe: { code: 36, args: { read: 'out', write: 'out' } },
  /** Parent half: tell the child its pid as the host sees it, and that it may go on. */
  signalPeer: { code: 37, args: { write: 'slot' } },
  /**
   * Wait for signalPeer. EOF instead (the other half failed) ends this half in silence. Either half may wait: the child learns its
   * host pid from it; a parent that waits for its child (hooks that want the mounts ready) keeps the child's pid it has. A write end
   * of the pipe still open in this half is closed first, or the other's end would never be seen.
   */
  waitPeer: { code: 38, args: { read: 'slot' } },
  /** Parent half: report the child's pid on the control socket. */
  reportPid: { code: 39, args: {} },
  /** Report gate `id` on the control socket and wait for one byte. EOF ends the player in silence. */
  gate: { code: 40, args: { id: 'u32' } },
  /** exit(0) of the parent half. */
  finish: { code: 41, args: {} },

  // The process.
  setsid: { code: 48, args: {} },
  /** Open a pty of the container's own devpts (after pivotRoot), send its master over the control socket, slave → out. */
  openPty: { code: 49, args: { slave: 'out' } },
  /** Bind the pty slave over the container's /dev/console. */
  bindConsole: { code: 50, args: { slave: 'slot' } },
  /** Slave becomes fds 0 to 2 and the controlling terminal; owner uid, window size if not 0. */
  useTty: { code: 51, args: { slave: 'slot', uid: 'u32', rows: 'u32', cols: 'u32' } },
  hostname: { code: 52, args: { name: 'str' } },
  domainname: { code: 53, args: { name: 'str' } },
  /** Interface lo up (SIOCSIFFLAGS). */
  loopbackUp: { code: 54, args: {} },
  rlimit: { code: 55, args: { resource: 'u32', soft: 'u64', hard: 'u64' } },
  prctl: { code: 56, args: { option: 'u32', arg2: 'u64', arg3: 'u64', arg4: 'u64', arg5: 'u64' } },
  /** Drop every capability not in `keep` from the bounding set. */
  capBounding: { code: 57, args: { keep: 'u64' } },
  capSet: { code: 58, args: { effective: 'u64', permitted: 'u64', inheritable: 'u64' } },
  capAmbient: { code: 59, args: { raise: 'u64' } },
  /** setgroups (native-endian u32 list; `setGroups` 0 skips it), setresgid, setresuid. */
  setUser: { code: 60, args: { uid: 'u32', gid: 'u32', groups: 'bytes', setGroups: 'u32' } },
  umask: { code: 61, args: { mask: 'u32' } },
  /**
   * chdir and check that getcwd is inside the root (CVE-2024-21626). `create` is a bit set. 1: make missing directories first.
   * 2: do nothing when a chdir op before succeeded (the directory was entered as root; this is the second try, as the user).
   */
  chdir: { code: 62, args: { path: 'str', create: 'u32' } },
  /** seccomp(SECCOMP_SET_MODE_FILTER, flags, program): struct sock_filter array. */
  seccomp: { code: 63, args: { flags: 'u32', program: 'bytes' } },
  /**
   * fork, exec path with argv and envp, stdin = head + host pid + tail, wait at most timeoutMs (0: for ever; then its process group is
   * killed: ETIMEDOUT). A non-zero exit is ECANCELED, `value` the wait status. The last 400 bytes of its stdout and stderr are the text.
   */
  hook: {
    code: 64,
    args: { path: 'str', argv: 'strv', envp: 'strv', timeoutMs: 'u32', stateHead: 'str', stateTail: 'str' },
  },
  personality: { code: 65, args: { persona: 'u64' } },
  /** sched_setattr(2) of the calling thread. */
  scheduler: {
    code: 66,
    args: { policy: 'u32', flags: 'u64', nice: 'u32', priority: 'u32', runtime: 'u64', deadline: 'u64', period: 'u64' },
  },
  ioprio: { code: 67, args: { value: 'u32' } },
  /** keyctl(KEYCTL_JOIN_SESSION_KEYRING, name). */
  joinKeyring: { code: 68, args: { name: 'str' } },
  /**
   * Closes everything above 2 but the control socket, which execve closes; all slots are empty. Before exec, not by it: execve resolves
   * its path first, and a link in the root could lead it through an open directory of the node (CVE-2024-21626).
   */
  closeRest: { code: 69, args: {} },
  /**
   * Stay as init: fork; the child, leader of its own process group (in front of the terminal, if there is one), plays on; this process
   * holds no fd, reaps, forwards signals, and exits with the child's code, or 128 + the signal that ended it.
   */
  reaper: { code: 70, args: {} },
  /** execve; a name without `/` is searched in envp's PATH. ENOENT → 127, EACCES and ENOEXEC → 126 at the caller. */
  exec: { code: 71, args: { argv: 'strv', envp: 'strv' } },
  /** sched_setaffinity(0) from a little-endian CPU mask. */
  affinity: { code: 72, args: { mask: 'bytes' } },
  /** fchown those of fds 0 to 2 that are pipes or sockets (never a device node), so that a non-root user may reopen /dev/stdout. */
  ownStdio: { code: 73, args: { uid: 'u32', gid: 'u32' } },
} as const satisfies Record<string, OpDef>;

export type OpName = keyof typeof OPS;

type ArgValue<K extends ArgKind> = K extends 'slot' | 'out'
  ? number
  : K extends 'slot?'
    ? number | undefined
    : K extends 'str'
      ? string
      : K extends 'str?'
        ? string | undefined
        : K extends 'bytes'
          ? Uint8Array
          : K extends 'strv'
            ? readonly string[]
            : K extends 'u64'
              ? bigint | number
              : number;

/** One op with its arguments; `origin` is the JSON pointer into config.json it comes from, `tolerate` the errnos that only warn. */
export type TapeOp = {
  [N in OpName]: { op: N; origin: string; tolerate?: readonly string[] } & {
    [A in keyof (typeof OPS)[N]['args']]: (typeof OPS)[N]['args'][A] extends ArgKind
      ? ArgValue<(typeof OPS)[N]['args'][A]>
      : never;
  };
}[OpName];

/**
 * A compiled launch. Slot 0 is always the control socket; slots 1 … `inherited` are fds handed to the player by its starter
 * (a pidfd for exec); the rest are filled by ops. `slots` is how many there are in all (at most 255).
 */
export interface Tape {
  readonly ops: readonly TapeOp[];
  readonly slots: number;
  readonly inherited: number;
}
