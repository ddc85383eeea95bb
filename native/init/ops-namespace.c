/* Ops on namespaces, and what the two halves of the tape say to each other and to the starter. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "player.h"
#include "sys.h"

#define NEW_NAMESPACES \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWTIME)

#define PROC_PATH_MAX 64

/* /proc/<pid>/<name> */
static int proc_open(const char *pid, const char *name, int flags) {
  struct text path = { .length = 0 };
  text_add(&path, "/proc/");
  text_add(&path, pid);
  text_add(&path, "/");
  text_add(&path, name);
  if (path.length > PROC_PATH_MAX) return -ENAMETOOLONG;
  text_add_bytes(&path, "", 1);
  return (int)result(open(path.bytes, flags | O_CLOEXEC));
}

static int proc_write(const char *pid, const char *name, const struct bytes *data) {
  int fd = proc_open(pid, name, O_WRONLY);
  if (fd < 0) return fd;
  int err = sys_write(fd, data->data, data->length);
  sys_close(fd);
  return err;
}

int op_unshare(struct player *p, const struct op_unshare *a) {
  (void)p;
  if (a->flags & ~(uint64_t)NEW_NAMESPACES) return -EINVAL;
  return (int)result(unshare((int)a->flags));
}

int op_setns(struct player *p, const struct op_setns *a) {
  (void)p;
  return (int)result(setns(a->fd, (int)a->flags));
}

/* clone(2): with CLONE_PARENT the exit signal is the player's own and must not be given. */
int op_clone(struct player *p, const struct op_clone *a) {
  if (a->flags & ~(uint64_t)NEW_NAMESPACES) return -EINVAL;
  pid_t pid = sys_clone3(a->flags | CLONE_PARENT, 0, a->cgroup);
  if (pid < 0) return pid;
  if (!pid) return 0;
  p->child = p->host_pid = pid;
  p->next = a->parent;
  return 0;
}

int op_write_child(struct player *p, const struct op_write_child *a) {
  struct digits d;
  if (!p->child) return -ESRCH;
  return proc_write(digits_of((uint64_t)p->child, &d), a->name, &a->data);
}

int op_pipe(struct player *p, const struct op_pipe *a) {
  (void)p;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return -errno;
  *a->read = ends[0];
  *a->write = ends[1];
  return 0;
}

/* A peer that is gone has reported itself. */
int op_signal_peer(struct player *p, const struct op_signal_peer *a) {
  uint32_t pid = (uint32_t)p->host_pid;
  int err = sys_write(a->write, &pid, sizeof pid);
  if (err == -EPIPE) _exit(1);
  return err;
}

/* A write end still open in this half would keep the other's death from being an end of file. */
static void close_write_ends(struct player *p, int read_end) {
  struct stat own, other;
  if (fstat(read_end, &own)) return;
  for (uint32_t i = 1; i < p->tape.slots; i++) {
    int fd = p->slots[i];
    if (fd == EMPTY || fd == read_end || fstat(fd, &other) || other.st_ino != own.st_ino || other.st_dev != own.st_dev) continue;
    sys_close(fd);
    p->slots[i] = EMPTY;
  }
}

int op_wait_peer(struct player *p, const struct op_wait_peer *a) {
  uint32_t pid;
  ssize_t n;
  close_write_ends(p, a->read);
  do n = read(a->read, &pid, sizeof pid);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -errno;
  if (n != sizeof pid) _exit(1);
  if (!p->child) p->host_pid = (pid_t)pid;
  return 0;
}

int op_report_pid(struct player *p, const struct op_report_pid *a) {
  (void)a;
  if (!p->child) return -ESRCH;
  p->value = (uint32_t)p->child;
  report(p, PLAYER_MESSAGE_PID, 0);
  return 0;
}

int op_gate(struct player *p, const struct op_gate *a) {
  char byte;
  ssize_t n;
  p->value = a->id;
  report(p, PLAYER_MESSAGE_GATE, 0);
  p->value = 0;
  do n = read(p->slots[0], &byte, 1);
  while (n < 0 && errno == EINTR);
  if (n != 1) _exit(1);
  return 0;
}

int op_finish(struct player *p, const struct op_finish *a) {
  (void)p;
  (void)a;
  _exit(0);
}

/*
 * The child says which pid /proc knows it by (it may be another namespace's than clone3's answer), then waits to be killed or for
 * its parent's end.
 */
static void userns_child(int up, int down) {
  char name[PROC_PATH_MAX], byte;
  ssize_t n = readlink("/proc/self", name, sizeof name);
  if (n > 0 && write(up, name, (size_t)n) == n && read(down, &byte, 1)) _exit(1);
  _exit(0);
}

static int userns_setup(int up, const struct op_make_userns *a) {
  char pid[PROC_PATH_MAX];
  ssize_t n = read(up, pid, sizeof pid - 1);
  if (n <= 0) return n ? -errno : -ESRCH;
  pid[n] = 0;
  int err = proc_write(pid, "uid_map", &a->uid_map);
  if (!err) err = proc_write(pid, "gid_map", &a->gid_map);
  return err ? err : proc_open(pid, "ns/user", O_RDONLY);
}

int op_make_userns(struct player *p, const struct op_make_userns *a) {
  (void)p;
  int up[2], down[2];
  if (pipe2(up, O_CLOEXEC)) return -errno;
  if (pipe2(down, O_CLOEXEC)) {
    int err = -errno;
    sys_close(up[0]);
    sys_close(up[1]);
    return err;
  }
  pid_t pid = sys_clone3(CLONE_NEWUSER, SIGCHLD, NO_FD);
  if (!pid) {
    sys_close(down[1]);
    userns_child(up[1], down[0]);
  }
  sys_close(up[1]);
  sys_close(down[0]);
  int fd = pid < 0 ? pid : userns_setup(up[0], a);
  sys_close(up[0]);
  sys_close(down[1]);
  while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return sys_keep(fd, a->out);
}
