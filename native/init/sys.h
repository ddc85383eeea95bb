/* System calls the C library of older distributions has no wrapper for, and few more. All return a value or -errno. */
#ifndef SYS_H
#define SYS_H
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef MNT_DETACH
#define MNT_DETACH 2
#endif

static inline long result(long r) { return r < 0 ? -errno : r; }

/* An fd just made, or -errno, into the slot of an op's `out` argument. */
static inline int sys_keep(int fd, int *slot) {
  if (fd < 0) return fd;
  *slot = fd;
  return 0;
}

/* openat2(2) with O_CLOEXEC; a resolution disturbed by renames or mounts (EAGAIN) is tried again. */
int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
/* A path inside root, whatever links and dots it has; magic links (/proc/x/fd, /proc/x/root) are refused with ELOOP. */
int sys_open_in_root(int root, const char *path, uint64_t flags);
int sys_close(int fd);
int sys_open_tree(int dir, const char *path, uint32_t flags);
/* Mounts what `from` refers to onto what `to` refers to. */
int sys_move_mount(int from, int to);
/* Binds what `from` refers to (not what is mounted below it) over what `to` refers to. */
int sys_bind(int from, int to);
int sys_mount_setattr(int dir, const char *path, uint32_t flags, const struct mount_attr *attr);
/* fork(2) into new namespaces, without exit signal or stack of its own: the memory is copied. */
pid_t sys_clone3(uint64_t flags, int exit_signal, int cgroup);
/* One write(2) of everything; a short one is EIO. */
int sys_write(int fd, const void *data, size_t length);
/* Owner and mode of what fd refers to, O_PATH or not; an all-ones id or mode is left as it is. */
int sys_set_owner(int fd, uint32_t mode, uint32_t uid, uint32_t gid);
/* All signals deliverable and with their default actions, as a fresh program expects them. */
void sys_reset_signals(void);
#endif
