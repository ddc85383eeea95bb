/* Ops on files. */
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "inroot.h"
#include "sys.h"

int op_open(struct player *p, const struct op_open *a) {
  (void)p;
  return sys_keep(sys_openat2(a->dir, a->path, a->flags, a->mode, a->resolve), a->out);
}

int op_close(struct player *p, const struct op_close *a) {
  for (uint32_t i = 0; i < p->tape.slots; i++)
    if (p->slots[i] == a->fd) p->slots[i] = EMPTY;
  return sys_close(a->fd);
}

int op_write(struct player *p, const struct op_write *a) {
  (void)p;
  return sys_write(a->fd, a->data.data, a->data.length);
}

int op_write_file(struct player *p, const struct op_write_file *a) {
  (void)p;
  int fd = sys_openat2(a->dir, a->path, O_WRONLY, 0, a->resolve);
  if (fd < 0) return fd;
  int err = sys_write(fd, a->data.data, a->data.length);
  sys_close(fd);
  return err;
}

int op_mkdir_all(struct player *p, const struct op_mkdir_all *a) {
  struct making m = { .directory = 1, .mode = a->mode, .uid = a->uid, .gid = a->gid };
  return sys_keep(inroot_make(p, a->root, a->path, &m), a->out);
}

int op_make_target(struct player *p, const struct op_make_target *a) {
  struct stat st;
  if (fstat(a->like, &st)) return -errno;
  struct making m = { .directory = S_ISDIR(st.st_mode), .mode = S_ISDIR(st.st_mode) ? 0755 : 0644, .uid = UINT32_MAX, .gid = UINT32_MAX };
  return sys_keep(inroot_make(p, a->root, a->path, &m), a->out);
}

/* Only the very node that was asked for: the node's own name may stand for another device. */
static int bind_fallback(int parent, const char *name, const struct op_make_node *a) {
  struct stat st;
  if (fstat(a->fallback, &st)) return -errno;
  if ((st.st_mode & S_IFMT) != (a->mode & S_IFMT) || st.st_rdev != a->dev) return -ENODEV;
  int target = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (target < 0 && errno != EEXIST) return -errno;
  sys_close(target);
  target = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (target < 0) return -errno;
  int err = sys_bind(a->fallback, target);
  sys_close(target);
  return err;
}

/* What stands at the name already must be this very node; anything else (a link above all) is not touched, but for our empty file. */
static int use_node(int parent, const char *name, const struct op_make_node *a) {
  struct stat st;
  int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  int err = fstat(fd, &st) ? -errno : 0;
  if (!err && (st.st_mode & S_IFMT) == (a->mode & S_IFMT) && (S_ISFIFO(st.st_mode) || st.st_rdev == a->dev))
    err = sys_set_owner(fd, a->mode & 07777, a->uid, a->gid);
  else if (!err && S_ISREG(st.st_mode) && a->fallback != NO_FD)
    err = bind_fallback(parent, name, a);
  else if (!err)
    err = -EEXIST;
  sys_close(fd);
  return err;
}

int op_make_node(struct player *p, const struct op_make_node *a) {
  char name[NAME_MAX + 1];
  if (!S_ISCHR(a->mode) && !S_ISBLK(a->mode) && !S_ISFIFO(a->mode)) return -EINVAL;
  int parent = inroot_parent(p, a->root, a->path, 1, name);
  if (parent < 0) return parent;
  mode_t mask = umask(0);
  int err = mknodat(parent, name, a->mode, a->dev) ? -errno : 0;
  umask(mask);
  if (!err || err == -EEXIST) err = use_node(parent, name, a);
  else if (err == -EPERM && a->fallback != NO_FD) err = bind_fallback(parent, name, a);
  sys_close(parent);
  return err;
}

int op_symlink(struct player *p, const struct op_symlink *a) {
  char name[NAME_MAX + 1], link[PATH_MAX];
  int parent = inroot_parent(p, a->root, a->path, 0, name);
  if (parent < 0) return parent;
  int err = symlinkat(a->target, parent, name) ? -errno : 0;
  if (err == -EEXIST) {
    ssize_t n = readlinkat(parent, name, link, sizeof link);
    if (n >= 0 && (size_t)n == strlen(a->target) && !memcmp(link, a->target, (size_t)n)) err = 0;
  }
  sys_close(parent);
  return err;
}

int op_set_owner(struct player *p, const struct op_set_owner *a) {
  (void)p;
  return sys_set_owner(a->fd, a->mode, a->uid, a->gid);
}
