/* The hook op: an OCI hook, in whatever namespaces this half of the tape is in. */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "player.h"
#include "program.h"
#include "sys.h"

#define TAIL_MAX 400

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8u
#endif

/* The container's state, complete before the hook starts: nobody blocks on a hook that reads none of it. */
static int state_file(const struct player *p, const struct op_hook *a) {
  struct digits d;
  const char *pid = digits_of((uint64_t)p->host_pid, &d);
  int fd = memfd_create("state", MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create("state", MFD_CLOEXEC);
  if (fd < 0) return -errno;
  int err = sys_write(fd, a->state_head, strlen(a->state_head));
  if (!err) err = sys_write(fd, pid, strlen(pid));
  if (!err) err = sys_write(fd, a->state_tail, strlen(a->state_tail));
  if (!err && lseek(fd, 0, SEEK_SET) < 0) err = -errno;
  if (!err) return fd;
  sys_close(fd);
  return err;
}

static int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Keeps the last bytes of what the hook says. 0 at the end of file or when nothing is there now. */
static int collect(int output, struct text *tail) {
  char chunk[4096];
  ssize_t n = read(output, chunk, sizeof chunk);
  if (n <= 0) return 0;
  const char *from = n > TAIL_MAX ? chunk + n - TAIL_MAX : chunk;
  uint32_t length = (uint32_t)(chunk + n - from);
  if (tail->length + length > TAIL_MAX) {
    uint32_t drop = tail->length + length - TAIL_MAX;
    memmove(tail->bytes, tail->bytes + drop, tail->length - drop);
    tail->length -= drop;
  }
  text_add_bytes(tail, from, length);
  return 1;
}

/* Until the hook itself ends; what it leaves running may hold its output open for ever. -ETIMEDOUT. */
static int watch(int pidfd, int output, uint32_t timeout_ms, struct text *tail) {
  int64_t end = now_ms() + timeout_ms;
  struct pollfd fds[2] = { { .fd = pidfd, .events = POLLIN }, { .fd = output, .events = POLLIN } };
  while (!fds[0].revents) {
    int64_t left = timeout_ms ? end - now_ms() : -1;
    if (timeout_ms && left <= 0) return -ETIMEDOUT;
    if (poll(fds, 2, left > INT32_MAX ? INT32_MAX : (int)left) < 0) {
      if (errno != EINTR) return -errno;
      fds[0].revents = fds[1].revents = 0;
    }
    if (fds[1].revents && !collect(output, tail)) fds[1].fd = -1;
  }
  while (fds[1].fd >= 0 && collect(output, tail)) continue;
  return 0;
}

static void run(const struct op_hook *a, int state, int output, int failure) {
  char **argv = program_list(&a->argv), **envp = program_list(&a->envp);
  int err = argv && envp ? 0 : -errno;
  setpgid(0, 0);
  sys_reset_signals();
  if (!err && (dup2(state, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)) err = -errno;
  if (!err) err = program_close_rest(failure);
  if (!err) {
    failure = KEPT_FD;
    execve(a->path, argv, envp);
    err = -errno;
  }
  if (write(failure, &err, sizeof err) < 0) _exit(126);
  _exit(127);
}

static int wait_for(struct player *p, pid_t pid, int output, const struct op_hook *a) {
  int status = 0;
  int pidfd = (int)result(syscall(SYS_pidfd_open, pid, 0));
  int err = pidfd < 0 ? pidfd : watch(pidfd, output, a->timeout_ms, &p->text);
  if (err) kill(-pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  sys_close(pidfd);
  if (err || !status) return err;
  p->value = (uint32_t)status;
  return -ECANCELED;
}

int op_hook(struct player *p, const struct op_hook *a) {
  int output[2] = { -1, -1 }, failure[2] = { -1, -1 }, err = 0;
  if (!a->argv.count) return -EINVAL;
  int state = state_file(p, a);
  if (state < 0) return state;
  if (pipe2(output, O_CLOEXEC | O_NONBLOCK) || pipe2(failure, O_CLOEXEC)) err = -errno;
  pid_t pid = err ? err : fork();
  if (!pid) run(a, state, output[1], failure[1]);
  if (pid < 0 && !err) err = -errno;
  sys_close(state);
  sys_close(output[1]);
  sys_close(failure[1]);
  if (!err) {
    setpgid(pid, pid);
    int started = read(failure[0], &err, sizeof err) != sizeof err;
    if (started) err = wait_for(p, pid, output[0], a);
    else waitpid(pid, NULL, 0);
  }
  sys_close(output[0]);
  sys_close(failure[0]);
  return err;
}
