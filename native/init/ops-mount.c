/* Ops on mounts: by fd only, so that no path is resolved between the check and the mount. */
#include "player.h"
#include "sys.h"

#ifndef MOUNT_ATTR__ATIME
#define MOUNT_ATTR__ATIME 0x70
#endif

/* What the filesystem has to say; each read(2) is one message, "e ", "w " or "i " first. */
static int with_log(struct player *p, int fs, int err) {
  char line[256];
  ssize_t n;
  while (err && (n = read(fs, line, sizeof line)) > 0) {
    if (p->text.length) text_add(&p->text, "; ");
    ssize_t skip = n > 2 && line[1] == ' ' ? 2 : 0;
    while (n > skip && line[n - 1] == '\n') n--;
    text_add_bytes(&p->text, line + skip, (uint32_t)(n - skip));
  }
  return err;
}

int op_fsopen(struct player *p, const struct op_fsopen *a) {
  (void)p;
  return sys_keep((int)result(syscall(SYS_fsopen, a->type, FSOPEN_CLOEXEC)), a->out);
}

int op_fsconfig(struct player *p, const struct op_fsconfig *a) {
  if (a->cmd != FSCONFIG_SET_FLAG && a->cmd != FSCONFIG_SET_STRING && a->cmd != FSCONFIG_CMD_CREATE && a->cmd != FSCONFIG_CMD_RECONFIGURE) return -EINVAL;
  int err = (int)result(syscall(SYS_fsconfig, a->fs, a->cmd, a->key, a->value, 0));
  return with_log(p, a->fs, err);
}

int op_fsmount(struct player *p, const struct op_fsmount *a) {
  int fd = (int)result(syscall(SYS_fsmount, a->fs, FSMOUNT_CLOEXEC, a->attrs));
  return fd < 0 ? with_log(p, a->fs, fd) : sys_keep(fd, a->out);
}

int op_open_tree(struct player *p, const struct op_open_tree *a) {
  (void)p;
  return sys_keep(sys_open_tree(a->dir, a->path, a->flags), a->out);
}

int op_move_mount(struct player *p, const struct op_move_mount *a) {
  (void)p;
  return sys_move_mount(a->from, a->to);
}

int op_mount_setattr(struct player *p, const struct op_mount_setattr *a) {
  (void)p;
  struct mount_attr attr = {
    .attr_set = a->set,
    .attr_clr = a->clear,
    .propagation = a->propagation,
    .userns_fd = a->userns == NO_FD ? 0 : (uint64_t)a->userns,
  };
  return sys_mount_setattr(a->mount, a->path, a->at_flags, &attr);
}

/* Setting an access time mode means clearing the old one, so a locked one stays as it is. */
int op_mount_setattr_locked(struct player *p, const struct op_mount_setattr_locked *a) {
  (void)p;
  struct mount_attr attr = { .attr_set = a->set, .attr_clr = a->clear, .propagation = a->propagation };
  int err = sys_mount_setattr(a->mount, a->path, a->at_flags, &attr);
  if (err != -EPERM || !a->clear) return err;
  attr.attr_set &= ~(uint64_t)MOUNT_ATTR__ATIME;
  attr.attr_clr = 0;
  return sys_mount_setattr(a->mount, a->path, a->at_flags, &attr);
}

/* pivot_root(2), "pivot_root(".", ".")": the old root ends up on top of the new one and is taken off. */
int op_pivot_root(struct player *p, const struct op_pivot_root *a) {
  (void)p;
  if (fchdir(a->root)) return -errno;
  if (syscall(SYS_pivot_root, ".", ".")) return -errno;
  if (syscall(SYS_umount2, ".", MNT_DETACH)) return -errno;
  return chdir("/") ? -errno : 0;
}

int op_umount(struct player *p, const struct op_umount *a) {
  (void)p;
  return (int)result(syscall(SYS_umount2, a->path, a->flags));
}

static int absent(int err) { return err == -ENOENT || err == -ENOTDIR; }

int op_mask(struct player *p, const struct op_mask *a) {
  (void)p;
  struct stat st;
  int target = sys_open_in_root(a->root, a->path, O_PATH);
  if (target < 0) return absent(target) ? 0 : target;
  int err = fstat(target, &st) ? -errno : sys_bind(S_ISDIR(st.st_mode) ? a->dir : a->file, target);
  sys_close(target);
  return err;
}

int op_readonly_path(struct player *p, const struct op_readonly_path *a) {
  (void)p;
  struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
  int target = sys_open_in_root(a->root, a->path, O_PATH);
  if (target < 0) return absent(target) ? 0 : target;
  int tree = sys_open_tree(target, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE);
  int err = tree < 0 ? tree : sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr);
  if (!err) err = sys_move_mount(tree, target);
  sys_close(tree);
  sys_close(target);
  return err;
}
