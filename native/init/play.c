#include <errno.h>
#include <string.h>

#include "player.h"

static int slot_trouble(struct player *p, uint64_t slot, const char *what, int err) {
  text_add(&p->text, "slot ");
  text_add_number(&p->text, slot);
  text_add(&p->text, what);
  return -err;
}

/* The arguments of a record by kind; tape_check has validated their ranges, only what a slot holds is known now. */
static int args_slot(struct player *p, const struct record *r, int i, int *fd) {
  *fd = p->slots[r->args[i]];
  return *fd == EMPTY ? slot_trouble(p, r->args[i], " is empty", EBADF) : 0;
}

static int args_slot_opt(struct player *p, const struct record *r, int i, int *fd) {
  *fd = NO_FD;
  return r->args[i] == TAPE_NONE ? 0 : args_slot(p, r, i, fd);
}

static int args_out(struct player *p, const struct record *r, int i, int **out) {
  *out = &p->slots[r->args[i]];
  return **out == EMPTY ? 0 : slot_trouble(p, r->args[i], " is in use", EBUSY);
}

static int args_str(struct player *p, const struct record *r, int i, const char **s) {
  *s = r->args[i] == TAPE_NONE ? NULL : p->tape.arena + r->args[i];
  return 0;
}

static int args_bytes(struct player *p, const struct record *r, int i, struct bytes *b) {
  b->data = (const uint8_t *)p->tape.arena + (uint32_t)r->args[i];
  b->length = (uint32_t)(r->args[i] >> 32);
  return 0;
}

static int args_strv(struct player *p, const struct record *r, int i, struct strv *v) {
  const uint32_t *list = (const uint32_t *)(p->tape.arena + r->args[i]);
  *v = (struct strv){ p->tape.arena, list + 1, list[0] };
  return 0;
}

static int args_u32(struct player *p, const struct record *r, int i, uint32_t *n) {
  (void)p;
  *n = (uint32_t)r->args[i];
  return 0;
}

static int args_u64(struct player *p, const struct record *r, int i, uint64_t *n) {
  (void)p;
  *n = r->args[i];
  return 0;
}

#include "ops-play.gen.h"

static int tolerated(const struct record *r, int err) {
  for (int i = 0; i < 3; i++)
    if (r->tolerate[i] && r->tolerate[i] == err) return 1;
  return 0;
}

void play(struct player *p) {
  while (p->next < p->tape.ops) {
    const struct record *r = &p->tape.records[p->next];
    p->op = p->next++;
    p->value = 0;
    p->text.length = 0;
    int err = -play_record(p, r);
    if (!err) continue;
    if (!tolerated(r, err)) {
      report(p, PLAYER_MESSAGE_ERROR, err);
      return;
    }
    report(p, PLAYER_MESSAGE_WARNING, err);
  }
  p->text.length = 0;
  text_add(&p->text, "played past the end of the tape");
  report(p, PLAYER_MESSAGE_ERROR, EINVAL);
}
