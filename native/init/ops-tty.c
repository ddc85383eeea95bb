/* Ops on the container's terminal. All are played after pivotRoot: the paths are the container's. */
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "inroot.h"
#include "sys.h"

/* The rootfs may hold anything at this path: it has to be the multiplexer of a devpts. */
static int open_ptmx(void) {
  struct stat st;
  struct statfs fs;
  int fd = sys_openat2(NO_FD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0, RESOLVE_NO_MAGICLINKS);
  if (fd < 0) return fd;
  if (!fstat(fd, &st) && !fstatfs(fd, &fs) && fs.f_type == DEVPTS_SUPER_MAGIC && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2)) {
    int err = (int)result(fcntl(fd, F_SETFL, O_RDWR));
    return err < 0 ? err : fd;
  }
  sys_close(fd);
  return -ENODEV;
}

int op_open_pty(struct player *p, const struct op_open_pty *a) {
  int unlocked = 0;
  int master = open_ptmx();
  if (master < 0) return master;
  int slave = ioctl(master, TIOCSPTLCK, &unlocked) ? -errno : (int)result(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (slave >= 0) report_fd(p, PLAYER_MESSAGE_PTY, master);
  sys_close(master);
  return sys_keep(slave, a->slave);
}

int op_bind_console(struct player *p, const struct op_bind_console *a) {
  static const struct making file = { .mode = 0620, .uid = UINT32_MAX, .gid = UINT32_MAX };
  int root = sys_openat2(NO_FD, "/", O_PATH | O_DIRECTORY, 0, 0);
  int target = root < 0 ? root : inroot_make(p, root, "dev/console", &file);
  int err = target < 0 ? target : sys_bind(a->slave, target);
  sys_close(target);
  sys_close(root);
  return err;
}

int op_use_tty(struct player *p, const struct op_use_tty *a) {
  (void)p;
  struct winsize size = { .ws_row = (uint16_t)a->rows, .ws_col = (uint16_t)a->cols };
  if (a->rows > UINT16_MAX || a->cols > UINT16_MAX) return -EINVAL;
  if (a->rows && a->cols && ioctl(a->slave, TIOCSWINSZ, &size)) return -errno;
  if (fchown(a->slave, a->uid, (gid_t)-1)) return -errno;
  if (ioctl(a->slave, TIOCSCTTY, 0)) return -errno;
  for (int fd = 0; fd <= 2; fd++)
    if (dup2(a->slave, fd) < 0) return -errno;
  return 0;
}
