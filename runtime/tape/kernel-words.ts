/** Flag values of the system calls the tape's ops make, by the names the kernel's headers give them. */

/** openat2(2), x86-64 and arm64 alike but for those not here. */
export const OPEN_FLAGS = { O_WRONLY: 0o1, O_RDWR: 0o2, O_CREAT: 0o100, O_PATH: 0o10000000 } as const;
/** O_DIRECTORY and O_NOFOLLOW differ: arm and powerpc swap them with others. */
export const O_DIRECTORY: Readonly<Record<string, number>> = { arm64: 0o40000, arm: 0o40000, ppc64: 0o40000 };
export const O_DIRECTORY_ELSE = 0o200000;

export const RESOLVE = { NO_XDEV: 0x01, NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, BENEATH: 0x08, IN_ROOT: 0x10 } as const;

export const AT = { SYMLINK_NOFOLLOW: 0x100, EMPTY_PATH: 0x1000, RECURSIVE: 0x8000 } as const;
export const OPEN_TREE_CLONE = 1;

export const FSCONFIG = { SET_FLAG: 0, SET_STRING: 1, CMD_CREATE: 6 } as const;

export const CLONE = {
  NEWTIME: 0x80,
  NEWNS: 0x20000,
  NEWCGROUP: 0x2000000,
  NEWUTS: 0x4000000,
  NEWIPC: 0x8000000,
  NEWUSER: 0x10000000,
  NEWPID: 0x20000000,
  NEWNET: 0x40000000,
} as const;

export const FILE_TYPES = { S_IFIFO: 0o010000, S_IFCHR: 0o020000, S_IFBLK: 0o060000 } as const;

export const PRCTL = { PR_SET_KEEPCAPS: 8, PR_SET_NO_NEW_PRIVS: 38 } as const;

/** RLIM_INFINITY */
export const RLIM_INFINITY = 0xffffffffffffffffn;

/** An id or a mode that setOwner leaves as it is. */
export const UNCHANGED = 0xffffffff;
