#include "player.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet {
  uint32_t type, op, err, value;
  char text[TEXT_MAX];
};

/* Plain write(2), not send(2): it is the call a seccomp profile is least likely to refuse. SIGPIPE is ignored until exec. */
void report(struct player *p, enum player_message type, int err) {
  struct packet m = { .type = type, .op = p->op, .err = (uint32_t)err, .value = p->value };
  size_t length = offsetof(struct packet, text) + p->text.length;
  ssize_t n;
  memcpy(m.text, p->text.bytes, p->text.length);
  do n = write(p->slots[0], &m, length);
  while (n < 0 && errno == EINTR);
  if (n != (ssize_t)length) _exit(1);
}

void report_fd(struct player *p, enum player_message type, int fd) {
  struct packet m = { .type = type, .op = p->op };
  struct iovec iov = { &m, offsetof(struct packet, text) };
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = { 0 };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
  struct cmsghdr *c = CMSG_FIRSTHDR(&message);
  ssize_t n;
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(c), &fd, sizeof fd);
  do n = sendmsg(p->slots[0], &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n < 0) _exit(1);
}
