/*
 * tsgov-init, the tape player: started by tsgov-shim with the container's stdio on fds 0 to 2, the control socket on 3, the tape on 4
 * and inherited fds from 5 on. Reads the tape into memory of its own, validates all of it, plays it. docs/architecture.md.
 */
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "player.h"
#include "sys.h"

static struct player player;

static int fail(const char *what, int err) {
  text_add(&player.text, what);
  report(&player, PLAYER_MESSAGE_ERROR, err);
  return 1;
}

/* It may have been started long before there is a tape: one byte says that there is; the end of the socket, that there will be none. */
static int await_tape(void) {
  char byte;
  ssize_t n;
  do n = read(CONTROL_FD, &byte, 1);
  while (n < 0 && errno == EINTR);
  return n == 1;
}

/* The whole tape in private memory: whoever else holds the fd can no longer change what was validated. */
static const char *read_tape(const void **bytes, size_t *length) {
  struct stat st;
  size_t got = 0;
  if (fstat(TAPE_FD, &st) || !S_ISREG(st.st_mode)) return "fd 4 is not a tape file";
  if (st.st_size <= 0 || (uint64_t)st.st_size > TAPE_BYTES_MAX) return "the tape's size is out of range";
  char *buffer = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (buffer == MAP_FAILED) return "no memory for the tape";
  while (got < (size_t)st.st_size) {
    ssize_t n = pread(TAPE_FD, buffer + got, (size_t)st.st_size - got, (off_t)got);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return "the tape cannot be read";
    got += (size_t)n;
  }
  *bytes = buffer;
  *length = got;
  return NULL;
}

static const char *take_fds(void) {
  uint32_t inherited = player.tape.inherited;
  for (uint32_t i = 0; i < inherited; i++) {
    int fd = FIRST_INHERITED_FD + (int)i;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC)) return "an inherited fd is missing";
    player.slots[1 + i] = fd;
  }
  sys_close(TAPE_FD);
  if (syscall(SYS_close_range, FIRST_INHERITED_FD + inherited, ~0u, 0)) return "close_range (Linux 5.9) is missing";
  return NULL;
}

static int is_control(void) {
  int type = 0;
  socklen_t length = sizeof type;
  return !getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &length) && type == SOCK_SEQPACKET && !fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
}

int main(void) {
  static const char usage[] = "tsgov-init: started by tsgov-shim, not by hand\n";
  const void *bytes;
  size_t length;
  if (!is_control()) {
    sys_write(2, usage, sizeof usage - 1);
    return 1;
  }
  signal(SIGPIPE, SIG_IGN);
  for (int i = 0; i < TAPE_SLOTS_MAX; i++) player.slots[i] = EMPTY;
  player.slots[0] = CONTROL_FD;
  player.op = TAPE_NONE;
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) return fail("prctl(PR_SET_DUMPABLE)", errno);
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0) return fail("fds 0 to 2 must be open", EBADF);
  if (!await_tape()) return 1;
  const char *trouble = read_tape(&bytes, &length);
  if (trouble) return fail(trouble, EINVAL);
  if (!tape_check(bytes, length, &player.tape, &player.op, &player.text)) return fail("", EINVAL);
  trouble = take_fds();
  player.op = TAPE_NONE;
  if (trouble) return fail(trouble, EINVAL);
  play(&player);
  return 1;
}
