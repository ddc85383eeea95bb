/* What all ops share. An op's function (op_*, prototypes in ops.gen.h) returns 0 or -errno and may add value and text to the report. */
#ifndef PLAYER_H
#define PLAYER_H
#include <stdint.h>
#include <sys/types.h>

#include "protocol.gen.h"
#include "tape.h"

#define CONTROL_FD 3
#define TAPE_FD 4
#define FIRST_INHERITED_FD 5
#define EMPTY (-1)

struct player {
  struct tape tape;
  int slots[TAPE_SLOTS_MAX]; /* fds, or EMPTY; slot 0 is the control socket */
  uint32_t op, next;         /* the op being played and the one after it */
  uint32_t value;            /* of the report of this op */
  struct text text;          /* of the report of this op */
  pid_t child;               /* parent half: the init process */
  pid_t host_pid;            /* both halves: the init process as the parent half sees it */
  int entered;               /* a chdir op has succeeded */
};

/* Plays the tape from `next`; returns only when it cannot go on, after the error was reported. */
void play(struct player *p);

/* Sends one packet about the current op. A starter that is gone ends the player in silence: nobody waits for this container. */
void report(struct player *p, enum player_message type, int err);
void report_fd(struct player *p, enum player_message type, int fd);
#endif
