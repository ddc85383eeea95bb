/* Ops on the process itself: identity, rights, limits. */
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "inroot.h"
#include "sys.h"

#define IOPRIO_WHO_PROCESS 1
#define CHDIR_MAKE 1u
#define CHDIR_ONCE 2u

int op_setsid(struct player *p, const struct op_setsid *a) {
  (void)p;
  (void)a;
  return setsid() < 0 ? -errno : 0;
}

/* A device node may be the host's own; a pipe or socket is this container's. */
int op_own_stdio(struct player *p, const struct op_own_stdio *a) {
  (void)p;
  struct stat st;
  for (int fd = 0; fd <= 2; fd++) {
    if (fstat(fd, &st)) return -errno;
    if ((S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) && fchown(fd, a->uid, a->gid)) return -errno;
  }
  return 0;
}

int op_hostname(struct player *p, const struct op_hostname *a) {
  (void)p;
  return (int)result(sethostname(a->name, strlen(a->name)));
}

int op_domainname(struct player *p, const struct op_domainname *a) {
  (void)p;
  return (int)result(setdomainname(a->name, strlen(a->name)));
}

int op_loopback_up(struct player *p, const struct op_loopback_up *a) {
  (void)p;
  (void)a;
  struct ifreq lo = { .ifr_name = "lo" };
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int err = ioctl(fd, SIOCGIFFLAGS, &lo) ? -errno : 0;
  lo.ifr_flags |= IFF_UP;
  if (!err && ioctl(fd, SIOCSIFFLAGS, &lo)) err = -errno;
  sys_close(fd);
  return err;
}

int op_rlimit(struct player *p, const struct op_rlimit *a) {
  (void)p;
  struct rlimit64 limit = { a->soft, a->hard };
  return (int)result(syscall(SYS_prlimit64, 0, a->resource, &limit, NULL));
}

int op_prctl(struct player *p, const struct op_prctl *a) {
  (void)p;
  return prctl((int)a->option, a->arg2, a->arg3, a->arg4, a->arg5) < 0 ? -errno : 0;
}

/* The kernel's last capability is the one before EINVAL. */
int op_cap_bounding(struct player *p, const struct op_cap_bounding *a) {
  (void)p;
  for (unsigned long cap = 0; cap < 64; cap++) {
    if (a->keep >> cap & 1) continue;
    int held = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (held < 0) return errno == EINVAL ? 0 : -errno;
    if (held && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) return -errno;
  }
  return 0;
}

int op_cap_set(struct player *p, const struct op_cap_set *a) {
  (void)p;
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2] = {
    { (uint32_t)a->effective, (uint32_t)a->permitted, (uint32_t)a->inheritable },
    { (uint32_t)(a->effective >> 32), (uint32_t)(a->permitted >> 32), (uint32_t)(a->inheritable >> 32) },
  };
  return (int)result(syscall(SYS_capset, &header, data));
}

int op_cap_ambient(struct player *p, const struct op_cap_ambient *a) {
  (void)p;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)) return -errno;
  for (unsigned long cap = 0; cap < 64; cap++)
    if (a->raise >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)) return -errno;
  return 0;
}

/* A change of user makes a process as dumpable as fs.suid_dumpable says: 1 would open it to that user's debuggers. */
int op_set_user(struct player *p, const struct op_set_user *a) {
  (void)p;
  if (a->groups.length % sizeof(gid_t)) return -EINVAL;
  if (a->set_groups && syscall(SYS_setgroups, a->groups.length / sizeof(gid_t), a->groups.data)) return -errno;
  if (syscall(SYS_setresgid, a->gid, a->gid, a->gid)) return -errno;
  if (syscall(SYS_setresuid, a->uid, a->uid, a->uid)) return -errno;
  return (int)result(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

int op_umask(struct player *p, const struct op_umask *a) {
  (void)p;
  umask((mode_t)a->mask);
  return 0;
}

/* CVE-2024-21626: a working directory reached through a leaked fd has no path below the root; the system call says "(unreachable)". */
int op_chdir(struct player *p, const struct op_chdir *a) {
  static const struct making directory = { .directory = 1, .mode = 0755, .uid = UINT32_MAX, .gid = UINT32_MAX };
  char cwd[PATH_MAX];
  if (a->create & CHDIR_ONCE && p->entered) return 0;
  if (a->create & CHDIR_MAKE) {
    int root = sys_openat2(NO_FD, "/", O_PATH | O_DIRECTORY, 0, 0);
    int fd = root < 0 ? root : inroot_make(p, root, a->path, &directory);
    sys_close(fd);
    sys_close(root);
    if (fd < 0) return fd;
  }
  if (chdir(a->path)) return -errno;
  if (syscall(SYS_getcwd, cwd, sizeof cwd) < 0) return -errno;
  p->entered = cwd[0] == '/';
  if (p->entered) return 0;
  if (chdir("/")) return -errno;
  text_add(&p->text, "the working directory is outside the container's root");
  return -EPERM;
}

/* A listener fd would have nowhere to go. */
int op_seccomp(struct player *p, const struct op_seccomp *a) {
  (void)p;
  struct sock_fprog program = { (unsigned short)(a->program.length / sizeof(struct sock_filter)), (struct sock_filter *)a->program.data };
  if (a->program.length % sizeof(struct sock_filter) || a->program.length / sizeof(struct sock_filter) > BPF_MAXINSNS) return -EINVAL;
  if (a->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) return -EINVAL;
  return (int)result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, a->flags, &program));
}

int op_personality(struct player *p, const struct op_personality *a) {
  (void)p;
  return personality(a->persona) < 0 ? -errno : 0;
}

/* struct sched_attr of sched_setattr(2), whose first version every kernel takes. */
int op_scheduler(struct player *p, const struct op_scheduler *a) {
  (void)p;
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attr = { sizeof attr, a->policy, a->flags, (int32_t)a->nice, a->priority, a->runtime, a->deadline, a->period };
  return (int)result(syscall(SYS_sched_setattr, 0, &attr, 0));
}

int op_ioprio(struct player *p, const struct op_ioprio *a) {
  (void)p;
  return (int)result(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, a->value));
}

int op_join_keyring(struct player *p, const struct op_join_keyring *a) {
  (void)p;
  return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, a->name) < 0 ? -errno : 0;
}

int op_affinity(struct player *p, const struct op_affinity *a) {
  (void)p;
  return syscall(SYS_sched_setaffinity, 0, a->mask.length, a->mask.data) < 0 ? -errno : 0;
}
