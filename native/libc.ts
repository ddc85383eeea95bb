import { KernelError, type KernelErrorDetail } from './kernel-error.js';

/**
 * The C library calls tsgov makes beyond Node's own: `prototype` as in the man pages (variadic ones as they are called here, which
 * fixed-argument ABIs of Linux allow), `fails` how an error shows: `errno` returns -1 and sets errno, `result` returns the errno itself.
 */
const CALLS = {
  fcntl: { prototype: 'int fcntl(int fd, int command, long argument)', fails: 'errno' },
  memfd_create: { prototype: 'int memfd_create(const char *name, unsigned int flags)', fails: 'errno' },
  socketpair: { prototype: 'int socketpair(int domain, int type, int protocol, _Out_ int *fds)', fails: 'errno' },
  poll: { prototype: 'int poll(_Inout_ void *fds, unsigned long count, int timeoutMsec)', fails: 'errno' },
  getxattr: { prototype: 'long getxattr(const char *path, const char *name, _Out_ void *value, size_t size)', fails: 'errno' },
  flock: { prototype: 'int flock(int fd, int operation)', fails: 'errno' },
  getsockopt: {
    prototype: 'int getsockopt(int fd, int level, int name, _Out_ void *value, _Inout_ uint32_t *length)',
    fails: 'errno',
  },
  waitpid: { prototype: 'int waitpid(int pid, _Out_ int *status, int options)', fails: 'errno' },
  dup3: { prototype: 'int dup3(int from, int to, int flags)', fails: 'errno' },
  eventfd: { prototype: 'int eventfd(unsigned int initial, int flags)', fails: 'errno' },
  statfs: { prototype: 'int statfs(const char *path, _Out_ void *statfs)', fails: 'errno' },
  name_to_handle_at: {
    prototype: 'int name_to_handle_at(int dirfd, const char *path, _Inout_ void *handle, _Out_ int *mount, int flags)',
    fails: 'errno',
  },
  fanotify_init: { prototype: 'int fanotify_init(unsigned int flags, unsigned int eventFlags)', fails: 'errno' },
  fanotify_mark: {
    prototype: 'int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int dirfd, const char *path)',
    fails: 'errno',
  },
  madvise: { prototype: 'int madvise(uintptr_t address, size_t length, int advice)', fails: 'errno' },
  // syscall(2): the wrappers of these are younger than some C libraries.
  pidfd_open: { prototype: 'long syscall(long number, int pid, unsigned int flags)', fails: 'errno', number: 434 },
  pidfd_send_signal: {
    prototype: 'long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)',
    fails: 'errno',
    number: 424,
  },
  fsopen: { prototype: 'long syscall(long number, const char *type, unsigned int flags)', fails: 'errno', number: 430 },
  fsconfig: {
    prototype: 'long syscall(long number, int fd, unsigned int command, const char *key, const char *value, int aux)',
    fails: 'errno',
    number: 431,
  },
  posix_spawn: {
    prototype:
      'int posix_spawn(_Out_ int *pid, const char *path, void *actions, void *attributes, const char **argv, const char **envp)',
    fails: 'result',
  },
  posix_spawn_file_actions_init: { prototype: 'int posix_spawn_file_actions_init(void *actions)', fails: 'result' },
  posix_spawn_file_actions_destroy: { prototype: 'int posix_spawn_file_actions_destroy(void *actions)', fails: 'result' },
  posix_spawn_file_actions_addopen: {
    prototype: 'int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, unsigned int mode)',
    fails: 'result',
  },
  posix_spawn_file_actions_adddup2: {
    prototype: 'int posix_spawn_file_actions_adddup2(void *actions, int from, int to)',
    fails: 'result',
  },
  posix_spawnattr_init: { prototype: 'int posix_spawnattr_init(void *attributes)', fails: 'result' },
  posix_spawnattr_destroy: { prototype: 'int posix_spawnattr_destroy(void *attributes)', fails: 'result' },
  posix_spawnattr_setflags: { prototype: 'int posix_spawnattr_setflags(void *attributes, short flags)', fails: 'result' },
} as const satisfies Record<string, { prototype: string; fails: 'errno' | 'result'; number?: number }>;

type Strings = readonly (string | null)[];

/**
 * Those calls with the kernel's own convention: a result ≥ 0, or the negative errno. Nothing here throws; the modules beside this
 * one (memfd, pidfd, socketpair, spawn, wait) give them types, owners and KernelErrors. Passed in, so that a test can refuse one.
 */
export interface Syscalls {
  fcntl(fd: number, command: number, argument: number): number;
  memfd_create(name: string, flags: number): number;
  socketpair(domain: number, type: number, protocol: number, fds: Int32Array): number;
  poll(fds: Buffer, count: number, timeoutMsec: number): number;
  getxattr(path: string, name: string, value: Buffer, size: number): number;
  flock(fd: number, operation: number): number;
  getsockopt(fd: number, level: number, name: number, value: Buffer, length: Uint32Array): number;
  waitpid(pid: number, status: Int32Array, options: number): number;
  dup3(from: number, to: number, flags: number): number;
  eventfd(initial: number, flags: number): number;
  statfs(path: string, into: Buffer): number;
  name_to_handle_at(dirfd: number, path: string, handle: Buffer, mount: Int32Array, flags: number): number;
  fanotify_init(flags: number, eventFlags: number): number;
  fanotify_mark(fd: number, flags: number, mask: number, dirfd: number, path: string): number;
  madvise(address: number, length: number, advice: number): number;
  pidfd_open(pid: number, flags: number): number;
  pidfd_send_signal(pidfd: number, signal: number, info: null, flags: number): number;
  fsopen(type: string, flags: number): number;
  fsconfig(fd: number, command: number, key: string | null, value: string | null, aux: number): number;
  posix_spawn(pid: Int32Array, path: string, actions: Buffer, attributes: Buffer, argv: Strings, envp: Strings): number;
  posix_spawn_file_actions_init(actions: Buffer): number;
  posix_spawn_file_actions_destroy(actions: Buffer): number;
  posix_spawn_file_actions_addopen(actions: Buffer, fd: number, path: string, flags: number, mode: number): number;
  posix_spawn_file_actions_adddup2(actions: Buffer, from: number, to: number): number;
  posix_spawnattr_init(attributes: Buffer): number;
  posix_spawnattr_destroy(attributes: Buffer): number;
  posix_spawnattr_setflags(attributes: Buffer, flags: number): number;
}

/** Loads the C library (about 10 ms, so only the agent does it, once) and binds the table above to it. */
export async function loadSyscalls(): Promise<Syscalls> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const bind = ({ prototype, fails, number }: { prototype: string; fails: 'errno' | 'result'; number?: number }) => {
    const raw = libc.func(prototype) as (...args: unknown[]) => number;
    const call = number === undefined ? raw : raw.bind(undefined, number);
    if (fails === 'result') return (...args: unknown[]) => -call(...args);
    return (...args: unknown[]) => {
      const result = call(...args);
      return result === -1 ? -koffi.errno() : result;
    };
  };
  return Object.fromEntries(Object.entries(CALLS).map(([name, call]) => [name, bind(call)])) as unknown as Syscalls;
}

/** The result of a Syscalls function, or a KernelError when it is a negative errno. */
export function checked(result: number, detail: Omit<KernelErrorDetail, 'errno'>): number {
  if (result < 0) throw new KernelError({ ...detail, errno: -result });
  return result;
}
