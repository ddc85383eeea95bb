import { closeSync, openSync } from 'node:fs';
import { loadAttempts } from './bpf-load-attempts.js';
import { errnoName } from './kernel-error.js';

/** A BPF program type to try: its numbers in linux/bpf.h. */
export interface BpfProgramKind {
  type: number;
  expectedAttachType: number;
  /** BTF id of what a tracing program attaches to; 0 for other types. */
  attachBtfId: number;
}

/**
 * System calls tried once each to learn whether the kernel has them and lets us. Every one undoes what it did and answers undefined
 * when it works, else the errno's name (`ENOSYS`: the kernel is too old; `EPERM`: refused here).
 */
export interface KernelProbes {
  /** pidfd_open(2) on this process. */
  pidfd(): string | undefined;
  /** openat2(2) of `/` with RESOLVE_IN_ROOT. */
  openat2(): string | undefined;
  /** clone3(2) with CLONE_INTO_CGROUP and a descriptor that cannot be: EBADF means that it is known, and no process is made. */
  cloneIntoCgroup(): string | undefined;
  /** mount_setattr(2) that changes nothing. */
  mountSetattr(): string | undefined;
  /** mount_setattr(2) MOUNT_ATTR_IDMAP with the initial user namespace, which a kernel that knows it refuses with EPERM. */
  idmappedMounts(): string | undefined;
  /** fanotify_mark(2) FAN_MODIFY with FAN_MARK_FILESYSTEM on the file system of `path`. */
  fanotifyFilesystem(path: string): string | undefined;
  /** BPF_PROG_LOAD of a program that returns 0. */
  bpfProgram(kind: BpfProgramKind): string | undefined;
  /** Version of a C library (`libseccomp.so.2`) by name, `unknown` when it has none to ask, undefined when it cannot be loaded. */
  libseccomp(): string | undefined;
  libbpf(): string | undefined;
}

const NUMBERS = { pidfd_open: 434, clone3: 435, openat2: 437, open_tree: 428, mount_setattr: 442 };
const BPF_NUMBER: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280 };
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const O_PATH = 0o10000000n;
const RESOLVE_IN_ROOT = 0x10n;
const CLONE_INTO_CGROUP = 0x200000000n;
const SIGCHLD = 17n;
const MOUNT_ATTR_IDMAP = 0x100000n;
const BPF_PROG_LOAD = 5;
/** struct bpf_insn: `r0 = 0; exit`. */
const RETURN_0 = Buffer.from('b7000000000000009500000000000000', 'hex');
const FAN_MARK_ADD_FILESYSTEM = 0x101;
const FAN_MODIFY = 2n;
const FAN_CLOEXEC_NONBLOCK = 3;

/** Loads koffi (about 10 ms) and binds the calls. Sources: the man pages named above, linux/bpf.h, linux/fanotify.h. */
export async function loadKernelProbes(): Promise<KernelProbes> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const syscall = {
    pid: libc.func('syscall', 'long', ['long', 'int', 'unsigned int']),
    path: libc.func('syscall', 'long', ['long', 'int', 'const char *', 'void *', 'size_t']),
    flags: libc.func('syscall', 'long', ['long', 'int', 'const char *', 'unsigned int', 'void *', 'size_t']),
    struct: libc.func('syscall', 'long', ['long', 'void *', 'size_t']),
  };
  const fanotifyInit = libc.func('fanotify_init', 'int', ['unsigned int', 'unsigned int']);
  const fanotifyMark = libc.func('fanotify_mark', 'int', ['int', 'unsigned int', 'uint64_t', 'int', 'const char *']);
  const errno = () => errnoName(koffi.errno());
  /** Of a call that opens something. */
  const opened = (result: number): string | undefined => {
    if (result < 0) return errno();
    closeSync(result);
    return undefined;
  };
  const words = (...values: bigint[]) => {
    const buffer = Buffer.alloc(values.length * 8);
    for (const [index, value] of values.entries()) buffer.writeBigUInt64LE(value, index * 8);
    return buffer;
  };

  return {
    pidfd: () => opened(syscall.pid(NUMBERS.pidfd_open, process.pid, 0)),
    openat2: () => opened(syscall.path(NUMBERS.openat2, AT_FDCWD, '/', words(O_PATH, 0n, RESOLVE_IN_ROOT), 24)),
    cloneIntoCgroup: () => {
      // struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup.
      const args = words(CLONE_INTO_CGROUP, 0n, 0n, 0n, SIGCHLD, 0n, 0n, 0n, 0n, 0n, 0x7fffffffn);
      syscall.struct(NUMBERS.clone3, args, args.length);
      const name = errno();
      return name === 'EBADF' ? undefined : name;
    },
    mountSetattr: () =>
      syscall.flags(NUMBERS.mount_setattr, AT_FDCWD, '', AT_EMPTY_PATH, words(0n, 0n, 0n, 0n), 32) < 0 ? errno() : undefined,
    idmappedMounts: () => idmapped(syscall.flags, errno, words),
    fanotifyFilesystem: (path) => {
      const fd = fanotifyInit(FAN_CLOEXEC_NONBLOCK, 0) as number;
      if (fd < 0) return errno();
      const result = fanotifyMark(fd, FAN_MARK_ADD_FILESYSTEM, FAN_MODIFY, AT_FDCWD, path) as number;
      const name = result < 0 ? errno() : undefined;
      closeSync(fd);
      return name;
    },
    bpfProgram: bpfLoader(koffi, opened),
    libseccomp: () => libraryVersion(koffi, 'libseccomp.so.2', 'seccomp_version'),
    libbpf: () => libraryVersion(koffi, 'libbpf.so.1', 'libbpf_version_string'),
  };
}

type Koffi = typeof import('koffi')['default'];
type Call = (...args: unknown[]) => number;

function idmapped(call: Call, errno: () => string, words: (...values: bigint[]) => Buffer): string | undefined {
  const initial = openSync('/proc/self/ns/user', 'r');
  try {
    const result = call(NUMBERS.mount_setattr, AT_FDCWD, '/', 0, words(MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(initial)), 32);
    const name = result < 0 ? errno() : undefined;
    return name === 'EPERM' || name === undefined ? undefined : name;
  } finally {
    closeSync(initial);
  }
}

function bpfLoader(koffi: Koffi, opened: (result: number) => string | undefined): KernelProbes['bpfProgram'] {
  const number = BPF_NUMBER[process.arch];
  if (number === undefined) return () => 'ENOSYS';
  // union bpf_attr of BPF_PROG_LOAD up to attach_prog_fd.
  const attr = koffi.struct({
    prog_type: 'uint32_t',
    insn_cnt: 'uint32_t',
    insns: 'uint8_t *',
    license: 'const char *',
    log_level: 'uint32_t',
    log_size: 'uint32_t',
    log_buf: 'void *',
    kern_version: 'uint32_t',
    prog_flags: 'uint32_t',
    prog_name: koffi.array('uint8_t', 16),
    prog_ifindex: 'uint32_t',
    expected_attach_type: 'uint32_t',
    prog_btf_fd: 'uint32_t',
    func_info_rec_size: 'uint32_t',
    func_info: 'void *',
    func_info_cnt: 'uint32_t',
    line_info_rec_size: 'uint32_t',
    line_info: 'void *',
    line_info_cnt: 'uint32_t',
    attach_btf_id: 'uint32_t',
    attach_prog_fd: 'uint32_t',
  });
  const bpf = koffi.load(null).func('syscall', 'long', ['long', 'int', koffi.pointer(attr), 'unsigned int']);
  return (kind) => {
    const program = {
      prog_type: kind.type,
      insn_cnt: RETURN_0.length / 8,
      insns: RETURN_0,
      license: 'Dual MIT/GPL',
      log_level: 0,
      log_size: 0,
      log_buf: null,
      kern_version: 0,
      prog_flags: 0,
      prog_name: new Uint8Array(16),
      prog_ifindex: 0,
      expected_attach_type: kind.expectedAttachType,
      prog_btf_fd: 0,
      func_info_rec_size: 0,
      func_info: null,
      func_info_cnt: 0,
      line_info_rec_size: 0,
      line_info: null,
      line_info_cnt: 0,
      attach_btf_id: kind.attachBtfId,
      attach_prog_fd: 0,
    };
    return opened(loadAttempts(() => bpf(number, BPF_PROG_LOAD, program, koffi.sizeof(attr)), koffi.errno));
  };
}

function libraryVersion(koffi: Koffi, file: string, call: 'seccomp_version' | 'libbpf_version_string'): string | undefined {
  let library: ReturnType<Koffi['load']>;
  try {
    library = koffi.load(file);
  } catch {
    return undefined;
  }
  if (call === 'libbpf_version_string') return (library.func(call, 'str', []) as () => string)().replace(/^v/, '');
  const version = koffi.struct({ major: 'unsigned int', minor: 'unsigned int', micro: 'unsigned int' });
  const pointer = (library.func(call, koffi.pointer(version), []) as () => unknown)();
  const { major, minor, micro } = koffi.decode(pointer as never, version) as { major: number; minor: number; micro: number };
  return `${major}.${minor}.${micro}`;
}
