#include "inroot.h"

#include <limits.h>
#include <string.h>

#include "sys.h"

#define TRIES 64 /* dangling links followed and races lost, together; the kernel follows 40 links */

static int is_dots(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

static int failed(struct player *p, const char *prefix, int err) {
  text_add(&p->text, prefix);
  return err;
}

static int make_entry(int parent, const char *name, int last, const struct making *m) {
  if (last && !m->directory) {
    int fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, m->mode & 07777);
    return fd < 0 ? -errno : sys_close(fd);
  }
  uint32_t mode = m->directory ? m->mode & 07777 : 0755;
  if (mkdirat(parent, name, mode & 01777)) return -errno;
  if (!m->directory) return 0;
  int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -errno;
  int err = sys_set_owner(fd, mode, m->uid, m->gid);
  sys_close(fd);
  return err;
}

/* `next`: the path with a dangling link replaced by what it says. */
static int follow(const char *work, size_t prefix, const char *link, size_t length, const char *rest, char *next) {
  size_t tail = strlen(rest);
  if (link[0] == '/') prefix = 0;
  if (prefix + length + 1 + tail + 1 > PATH_MAX) return -ENAMETOOLONG;
  memcpy(next, work, prefix);
  memcpy(next + prefix, link, length);
  next[prefix + length] = '/';
  memcpy(next + prefix + length + 1, rest, tail + 1);
  return -EAGAIN;
}

/*
 * The component at `at`, whose prefix is NUL-terminated in `work` for now and does not resolve: it is missing or a dangling link.
 * -EAGAIN: walk once more, `next` if it is set (a link was followed), else the same path (somebody else was quicker).
 */
static int make_component(int parent, const char *work, const char *at, const char *rest, const struct making *m, char *next) {
  char link[PATH_MAX];
  if (is_dots(at)) return -ENOENT;
  ssize_t n = readlinkat(parent, at, link, sizeof link);
  if (n > 0) return follow(work, (size_t)(at - work), link, (size_t)n, rest, next);
  if (errno != ENOENT) return errno == EINVAL ? -EAGAIN : -errno;
  int err = make_entry(parent, at, !*rest, m);
  if (err) return err == -EEXIST ? -EAGAIN : err;
  int fd = openat(parent, at, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? -errno : fd;
}

/* One pass over the path: the fd of its end, -errno, or -EAGAIN with what to try next in `work`. */
static int walk(struct player *p, int root, char *work, const struct making *m) {
  char next[PATH_MAX];
  *next = 0;
  int fd = sys_open_in_root(root, ".", O_PATH | O_DIRECTORY);
  char *at = work + strspn(work, "/");
  while (fd >= 0 && *at) {
    int parent = fd;
    char *end = strchrnul(at, '/');
    char *rest = end + strspn(end, "/");
    char separator = *end;
    *end = 0;
    fd = sys_open_in_root(root, work, O_PATH);
    if (fd == -ENOENT) fd = make_component(parent, work, at, rest, m, next);
    if (fd < 0 && fd != -EAGAIN) failed(p, work, fd);
    *end = separator;
    sys_close(parent);
    at = rest;
  }
  if (*next) strcpy(work, next);
  return fd;
}

int inroot_make(struct player *p, int root, const char *path, const struct making *m) {
  char work[PATH_MAX];
  struct stat st;
  int fd = -EAGAIN;
  if (strlen(path) >= sizeof work) return -ENAMETOOLONG;
  mode_t mask = umask(0);
  strcpy(work, path);
  for (int i = 0; i < TRIES && fd == -EAGAIN; i++) fd = walk(p, root, work, m);
  umask(mask);
  if (fd == -EAGAIN) return failed(p, path, -ELOOP);
  if (fd < 0) return fd;
  int wrong = fstat(fd, &st) ? -errno : S_ISDIR(st.st_mode) == m->directory ? 0 : m->directory ? -ENOTDIR : -EISDIR;
  if (!wrong) return fd;
  sys_close(fd);
  return failed(p, path, wrong);
}

int inroot_parent(struct player *p, int root, const char *path, int make, char *name) {
  static const struct making directory = { .directory = 1, .mode = 0755, .uid = UINT32_MAX, .gid = UINT32_MAX };
  char work[PATH_MAX];
  size_t length = strlen(path);
  while (length && path[length - 1] == '/') length--;
  if (length >= sizeof work) return -ENAMETOOLONG;
  memcpy(work, path, length);
  work[length] = 0;
  char *slash = strrchr(work, '/');
  const char *last = slash ? slash + 1 : work;
  if (!*last || is_dots(last)) return failed(p, path, -EINVAL);
  if (strlen(last) > NAME_MAX) return failed(p, path, -ENAMETOOLONG);
  strcpy(name, last);
  if (slash) *slash = 0;
  else work[0] = 0;
  if (make) return inroot_make(p, root, work, &directory);
  int fd = sys_open_in_root(root, work, O_PATH | O_DIRECTORY);
  return fd < 0 ? failed(p, path, fd) : fd;
}
