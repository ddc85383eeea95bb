#include "sys.h"

#include <signal.h>
#include <stddef.h>

#include "text.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define RESOLVE_TRIES 1000

int sys_openat2(int dir, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = { .flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve };
  long fd = -EAGAIN;
  for (int i = 0; i < RESOLVE_TRIES && (fd == -EAGAIN || fd == -EINTR); i++) fd = result(syscall(SYS_openat2, dir, path, &how, sizeof how));
  return (int)fd;
}

int sys_open_in_root(int root, const char *path, uint64_t flags) {
  return sys_openat2(root, *path ? path : ".", flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

int sys_close(int fd) { return fd >= 0 ? (int)result(close(fd)) : 0; }

int sys_open_tree(int dir, const char *path, uint32_t flags) { return (int)result(syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC)); }

int sys_move_mount(int from, int to) {
  return (int)result(syscall(SYS_move_mount, from, "", to, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

/* Before Linux 6.15 a mount attached nowhere cannot be cloned (EINVAL): it is attached here itself, and cloned from here the next time. */
int sys_bind(int from, int to) {
  int tree = sys_open_tree(from, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
  if (tree == -EINVAL) return sys_move_mount(from, to);
  int err = tree < 0 ? tree : sys_move_mount(tree, to);
  sys_close(tree);
  return err;
}

int sys_mount_setattr(int dir, const char *path, uint32_t flags, const struct mount_attr *attr) {
  return (int)result(syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof *attr));
}

pid_t sys_clone3(uint64_t flags, int exit_signal, int cgroup) {
  struct clone_args args = { .flags = flags, .exit_signal = (uint64_t)exit_signal };
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)cgroup;
  }
  return (pid_t)result(syscall(SYS_clone3, &args, sizeof args));
}

int sys_write(int fd, const void *data, size_t length) {
  ssize_t n;
  do n = write(fd, data, length);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -errno;
  return (size_t)n == length ? 0 : -EIO;
}

/* An O_PATH fd takes no fchmod; before Linux 6.6 (fchmodat2) its /proc link is the only way. */
static int change_mode(int fd, uint32_t mode) {
  int err = (int)result(fchmod(fd, mode));
  if (err != -EBADF) return err;
  err = (int)result(syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH));
  if (err != -ENOSYS) return err;
  struct text path = { .length = 0 };
  text_add(&path, "/proc/self/fd/");
  text_add_number(&path, (uint64_t)fd);
  text_add_bytes(&path, "", 1);
  return (int)result(chmod(path.bytes, mode));
}

int sys_set_owner(int fd, uint32_t mode, uint32_t uid, uint32_t gid) {
  struct stat st;
  if ((uid != UINT32_MAX || gid != UINT32_MAX) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH)) return -errno;
  if (mode == UINT32_MAX) return 0;
  if (fstat(fd, &st)) return -errno;
  return (st.st_mode & 07777) == (mode & 07777) ? 0 : change_mode(fd, mode & 07777);
}

/* The raw calls: the C library keeps signals 32 and 33 to itself. */
void sys_reset_signals(void) {
  static const struct {
    void *handler;
    unsigned long flags;
    void *restorer;
    uint64_t mask;
  } to_default;
  static const uint64_t none;
  for (int s = 1; s <= 64; s++) syscall(SYS_rt_sigaction, s, &to_default, NULL, sizeof none);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}
