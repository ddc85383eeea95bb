/* The end of the tape: the container's program, alone or under an init of ours. */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "player.h"
#include "program.h"
#include "sys.h"

#define FDS_MAX 1024 /* more than a tape has slots */
#define DEFAULT_PATH "/bin:/usr/bin" /* execvp(3) */

int op_close_rest(struct player *p, const struct op_close_rest *a) {
  (void)a;
  for (uint32_t i = 1; i < p->tape.slots; i++) p->slots[i] = EMPTY;
  return program_close_rest(p->slots[0]);
}

static const char *path_of(char **envp) {
  for (; *envp; envp++)
    if (!strncmp(*envp, "PATH=", 5)) return *envp + 5;
  return DEFAULT_PATH;
}

/* execvp(3) without its detour through a shell: the search goes on past what is missing or forbidden, and remembers the latter. */
static int search(const char *path, char **argv, char **envp) {
  char file[PATH_MAX];
  size_t name = strlen(argv[0]);
  int err = -ENOENT, denied = 0;
  for (const char *end; path; path = *end ? end + 1 : NULL) {
    end = strchrnul(path, ':');
    size_t length = (size_t)(end - path);
    if (length + 1 + name + 1 > sizeof file) continue;
    memcpy(file, path, length);
    file[length] = '/';
    memcpy(file + length + !!length, argv[0], name + 1);
    execve(file, argv, envp);
    err = -errno;
    if (err == -EACCES) denied = 1;
    else if (err != -ENOENT && err != -ENOTDIR) return err;
  }
  return denied ? -EACCES : err;
}

int op_exec(struct player *p, const struct op_exec *a) {
  if (!a->argv.count) return -EINVAL;
  char **argv = program_list(&a->argv), **envp = program_list(&a->envp);
  if (!argv || !envp) return -errno;
  text_add(&p->text, argv[0]);
  if (!*argv[0]) return -ENOENT;
  sys_reset_signals();
  if (!strchr(argv[0], '/')) return search(path_of(envp), argv, envp);
  execve(argv[0], argv, envp);
  return -errno;
}

/* Raised by the kernel at an instruction of ours, or of no use to anyone: not blocked, not forwarded. */
static int is_own(int s) { return s == SIGSEGV || s == SIGBUS || s == SIGFPE || s == SIGILL || s == SIGTRAP || s == SIGSYS || s == SIGABRT; }

/*
 * Pid 1 from here on: no fds (the program's pipes must see their end, the starter's socket its), no dumps. A signal that
 * cannot be delivered finds the program gone; its exit is about to be reaped.
 */
static void stay(pid_t program, const sigset_t *signals) {
  int status;
  if (syscall(SYS_close_range, 0, ~0u, 0))
    for (int fd = 0; fd < FDS_MAX; fd++) close(fd); /* a seccomp profile older than the call */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_NAME, "tsgov-init", 0, 0, 0);
  for (;;) {
    int s = sigwaitinfo(signals, NULL);
    if (s > 0 && s != SIGCHLD) kill(program, s);
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != program || WIFSTOPPED(status)) continue;
      _exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    }
  }
}

/*
 * A process group of its own; with a controlling terminal it is the one in front. SIGTTOU is blocked here, or a background
 * group would stop at tcsetpgrp(3).
 */
static int lead(void) {
  if (setpgid(0, 0)) return -errno;
  if (tcgetpgrp(0) >= 0 && tcsetpgrp(0, getpid())) return -errno;
  return 0;
}

int op_reaper(struct player *p, const struct op_reaper *a) {
  (void)p;
  (void)a;
  sigset_t signals, before;
  sigfillset(&signals);
  for (int s = 1; s < NSIG; s++)
    if (is_own(s)) sigdelset(&signals, s);
  if (sigprocmask(SIG_SETMASK, &signals, &before)) return -errno;
  pid_t pid = fork();
  if (pid > 0) stay(pid, &signals);
  if (pid < 0) return -errno;
  int err = lead();
  sigprocmask(SIG_SETMASK, &before, NULL);
  return err;
}
