import type { Capability } from './capabilities.js';
import type { OciSeccomp, OciSyscallArg, OciSyscallRule } from './oci.js';

/** What decides which groups of the default profile a container gets. `arch` is Node's `process.arch`. */
export interface SeccompHost {
  arch: string;
  /** major, minor */
  kernel: readonly [number, number];
}

/**
 * Docker's default profile for a container with these capabilities (its bounding set): a list of what is allowed; all else is
 * EPERM, and clone3, whose flags no filter can see, ENOSYS without CAP_SYS_ADMIN, so that libraries fall back to clone. Names the
 * installed libseccomp does not know are skipped when it is compiled. Source: docs.docker.com/engine/security/seccomp.
 */
export function defaultSeccomp(capabilities: readonly string[], host: SeccompHost): OciSeccomp {
  const has = (name: Capability): boolean => capabilities.includes(name);
  const allow = (names: readonly string[], args?: OciSyscallArg[]): OciSyscallRule => ({
    names: [...names],
    action: 'SCMP_ACT_ALLOW',
    ...(args === undefined ? {} : { args }),
  });
  const syscalls: OciSyscallRule[] = [
    allow(ALWAYS),
    allow(['socket'], [{ index: 0, value: AF_VSOCK, op: 'SCMP_CMP_NE' }]),
    ...PERSONALITIES.map((value) => allow(['personality'], [{ index: 0, value, op: 'SCMP_CMP_EQ' }])),
    allow(ARCH_ONLY[host.arch] ?? []),
  ];
  // Before 4.8 ptrace was a way around the filter.
  if (host.kernel[0] > 4 || (host.kernel[0] === 4 && host.kernel[1] >= 8)) syscalls.push(allow(PTRACE));
  for (const [capability, names] of Object.entries(BY_CAPABILITY)) {
    if (has(capability as Capability)) syscalls.push(allow(names));
  }
  if (!has('CAP_SYS_ADMIN')) {
    // s390's clone has its flags second.
    const index = host.arch === 's390x' ? 1 : 0;
    syscalls.push(allow(['clone'], [{ index, value: NEW_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' }]));
    syscalls.push({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  }
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: EPERM,
    architectures: [...(ARCHITECTURES[host.arch] ?? [])],
    syscalls: syscalls.filter((rule) => rule.names.length > 0),
  };
}

const EPERM = 1;
const ENOSYS = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const NEW_NAMESPACES = 0x7e020000;
/** PER_LINUX, PER_LINUX32, UNAME26, both, and asking for the current one. */
const PERSONALITIES = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];

/** The native architecture first, then those its kernel also runs. */
const ARCHITECTURES: Readonly<Record<string, readonly string[]>> = {
  x64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
  s390x: ['SCMP_ARCH_S390X', 'SCMP_ARCH_S390'],
  riscv64: ['SCMP_ARCH_RISCV64'],
  ppc64: ['SCMP_ARCH_PPC64LE'],
  ia32: ['SCMP_ARCH_X86'],
  arm: ['SCMP_ARCH_ARM'],
};

const words = (text: string): string[] => text.trim().split(/\s+/);
const ARM = words('arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls');
const ARCH_ONLY: Readonly<Record<string, readonly string[]>> = {
  x64: words('arch_prctl modify_ldt map_shadow_stack uretprobe'),
  ia32: words('modify_ldt'),
  arm64: [...ARM, 'map_shadow_stack'],
  arm: ARM,
  ppc64: words('sync_file_range2 swapcontext'),
  s390x: words('s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr'),
  riscv64: words('riscv_flush_icache riscv_hwprobe'),
};

const PTRACE = words('process_vm_readv process_vm_writev ptrace');

const BY_CAPABILITY: { readonly [Name in Capability]?: readonly string[] } = {
  CAP_DAC_READ_SEARCH: words('open_by_handle_at'),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick listmount lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree open_tree_attr perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns statmount syslog umount umount2 unshare`),
  CAP_SYS_BOOT: words('reboot'),
  CAP_SYS_CHROOT: words('chroot'),
  CAP_SYS_MODULE: words('delete_module init_module finit_module'),
  CAP_SYS_PACCT: words('acct'),
  CAP_SYS_PTRACE: words('kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace'),
  CAP_SYS_RAWIO: words('iopl ioperm'),
  CAP_SYS_TIME: words('settimeofday stime clock_settime clock_settime64'),
  CAP_SYS_TTY_CONFIG: words('vhangup'),
  CAP_SYS_NICE: words('get_mempolicy mbind set_mempolicy set_mempolicy_home_node'),
  CAP_SYSLOG: words('syslog'),
  CAP_BPF: words('bpf'),
  CAP_PERFMON: words('perf_event_open'),
};

/** Allowed for everyone, by what they deal with. */
const ALWAYS = words(`
  open openat openat2 creat close close_range dup dup2 dup3 fcntl fcntl64 ioctl
  read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek _llseek readahead
  sendfile sendfile64 splice tee vmsplice copy_file_range
  stat stat64 lstat lstat64 fstat fstat64 fstatat64 newfstatat statx statfs statfs64 fstatfs fstatfs64 access faccessat faccessat2
  chmod fchmod fchmodat fchmodat2 chown chown32 fchown fchown32 fchownat lchown lchown32 umask
  utime utimes utimensat utimensat_time64 futimesat truncate truncate64 ftruncate ftruncate64 fallocate
  getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 link linkat symlink symlinkat
  unlink unlinkat readlink readlinkat mknod mknodat name_to_handle_at
  sync syncfs fsync fdatasync sync_file_range fadvise64 fadvise64_64 flock cachestat
  getxattr lgetxattr fgetxattr getxattrat setxattr lsetxattr fsetxattr setxattrat listxattr llistxattr flistxattr listxattrat
  removexattr lremovexattr fremovexattr removexattrat
  inotify_init inotify_init1 inotify_add_watch inotify_rm_watch fanotify_mark
  poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64
  epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_wait epoll_wait_old epoll_pwait epoll_pwait2
  eventfd eventfd2 signalfd signalfd4 pipe pipe2
  timerfd_create timerfd_settime timerfd_settime64 timerfd_gettime timerfd_gettime64
  io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents io_pgetevents_time64
  socketcall socketpair bind listen accept accept4 connect shutdown getsockname getpeername getsockopt setsockopt
  send sendto sendmsg sendmmsg recv recvfrom recvmsg recvmmsg recvmmsg_time64
  mmap mmap2 munmap mremap mprotect msync madvise mincore mlock mlock2 mlockall munlock munlockall brk remap_file_pages
  memfd_create memfd_secret membarrier mseal pkey_alloc pkey_free pkey_mprotect process_mrelease
  fork vfork execve execveat exit exit_group wait4 waitid waitpid kill tkill tgkill pause
  pidfd_open pidfd_send_signal rseq set_robust_list get_robust_list set_tid_address set_thread_area get_thread_area
  futex futex_time64 futex_waitv futex_wait futex_wake futex_requeue restart_syscall
  rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
  rt_tgsigqueueinfo sigaltstack sigprocmask sigreturn
  getpid getppid gettid getpgid getpgrp getsid setpgid setsid prctl seccomp
  getuid getuid32 geteuid geteuid32 getgid getgid32 getegid getegid32 getresuid getresuid32 getresgid getresgid32
  setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid setresgid32
  setfsuid setfsuid32 setfsgid setfsgid32 getgroups getgroups32 setgroups setgroups32 capget capset
  landlock_create_ruleset landlock_add_rule landlock_restrict_self
  getrlimit ugetrlimit setrlimit prlimit64 getrusage getpriority setpriority ioprio_get ioprio_set sysinfo times uname getcpu
  sched_yield sched_getaffinity sched_setaffinity sched_getattr sched_setattr sched_getparam sched_setparam
  sched_getscheduler sched_setscheduler sched_get_priority_max sched_get_priority_min
  sched_rr_get_interval sched_rr_get_interval_time64
  time gettimeofday clock_gettime clock_gettime64 clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64
  clock_adjtime clock_adjtime64 adjtimex nanosleep alarm getitimer setitimer
  timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64
  ipc msgget msgsnd msgrcv msgctl semget semop semtimedop semtimedop_time64 semctl shmget shmat shmdt shmctl
  mq_open mq_unlink mq_notify mq_getsetattr mq_timedsend mq_timedsend_time64 mq_timedreceive mq_timedreceive_time64
  getrandom`);
