#include "tape.h"

#include <string.h>

struct check {
  struct tape *tape;
  struct text *why;
  uint32_t op, clones;
};

static int bad(struct check *c, const char *what) {
  text_add(c->why, what);
  return 0;
}

static int check_header(const struct header *h, size_t length, struct check *c) {
  static const uint8_t zero[8];
  if (length < sizeof *h) return bad(c, "tape is shorter than its header");
  if (memcmp(h->magic, "TSGT", 4)) return bad(c, "not a tape (magic)");
  if (h->version != TAPE_VERSION) return bad(c, "unknown tape version");
  if (h->ops < 1 || h->ops > TAPE_OPS_MAX) return bad(c, "op count out of range");
  if (h->slots < 1 || h->slots > TAPE_SLOTS_MAX) return bad(c, "slot count out of range");
  if (h->inherited >= h->slots) return bad(c, "more inherited fds than slots");
  if (h->arena_bytes > TAPE_ARENA_MAX) return bad(c, "arena too large");
  if (memcmp(h->zero, zero, sizeof zero)) return bad(c, "reserved header bytes are not zero");
  if (length != sizeof *h + h->ops * sizeof(struct record) + h->arena_bytes) return bad(c, "tape length does not match its header");
  return 1;
}

static int check_bytes(const struct tape *t, uint64_t arg) {
  uint32_t offset = (uint32_t)arg, length = (uint32_t)(arg >> 32);
  return offset <= t->arena_bytes && length <= t->arena_bytes - offset;
}

/* The arena ends in NUL, so a string that begins inside ends inside. */
static int check_strv(const struct tape *t, uint64_t offset) {
  if (offset % 4 || offset >= t->arena_bytes || t->arena_bytes - offset < 4) return 0;
  const uint32_t *list = (const uint32_t *)(t->arena + offset);
  if (list[0] > (t->arena_bytes - offset) / 4 - 1) return 0;
  for (uint32_t i = 1; i <= list[0]; i++)
    if (list[i] >= t->arena_bytes) return 0;
  return 1;
}

static const char *check_arg(struct check *c, enum arg_kind kind, uint64_t arg) {
  const struct tape *t = c->tape;
  switch (kind) {
  case ARG_SLOT_OPT:
    if (arg == TAPE_NONE) return NULL;
    __attribute__((fallthrough));
  case ARG_SLOT:
  case ARG_OUT:
    return arg >= 1 && arg < t->slots ? NULL : "slot out of range";
  case ARG_STR_OPT:
    if (arg == TAPE_NONE) return NULL;
    __attribute__((fallthrough));
  case ARG_STR:
    return arg < t->arena_bytes ? NULL : "string out of the arena";
  case ARG_BYTES:
    return check_bytes(t, arg) ? NULL : "bytes out of the arena";
  case ARG_STRV:
    return check_strv(t, arg) ? NULL : "string list out of the arena or unaligned";
  case ARG_U32:
    return arg <= UINT32_MAX ? NULL : "number over 32 bits";
  case ARG_OP:
    return arg > c->op && arg < t->ops ? NULL : "jump is not to a later op";
  case ARG_U64:
    return NULL;
  case ARG_NONE:
    return arg ? "unused argument is not zero" : NULL;
  }
  return "unknown argument kind";
}

static int ends_half(uint16_t code) { return code == OP_EXEC || code == OP_FINISH; }

static int check_record(struct check *c, const struct record *r) {
  const struct op_def *def = r->code <= OP_CODE_MAX ? &op_defs[r->code] : NULL;
  if (!def || !def->name) return bad(c, "unknown op code");
  for (int i = 0; i < 3; i++)
    if (r->tolerate[i] > TAPE_ERRNO_MAX) return bad(c, "tolerated errno out of range");
  for (int i = 0; i < 7; i++) {
    const char *what = check_arg(c, i < def->args ? def->kinds[i] : ARG_NONE, r->args[i]);
    if (!what) continue;
    text_add(c->why, def->name);
    text_add(c->why, ".");
    text_add(c->why, i < def->args ? def->arg_names[i] : "(none)");
    text_add(c->why, ": ");
    return bad(c, what);
  }
  if (r->code == OP_PIPE && r->args[0] == r->args[1]) return bad(c, "pipe: both ends in one slot");
  if (r->code == OP_CLONE && c->clones++) return bad(c, "clone: a tape forks once");
  if (r->code == OP_CLONE && !ends_half(c->tape->records[r->args[2] - 1].code)) return bad(c, "clone: the child's half does not end before the parent's");
  return 1;
}

int tape_check(const void *bytes, size_t length, struct tape *tape, uint32_t *bad_op, struct text *why) {
  struct check c = { .tape = tape, .why = why, .op = TAPE_NONE };
  const struct header *h = bytes;
  *bad_op = TAPE_NONE;
  if (!check_header(h, length, &c)) return 0;
  tape->records = (const struct record *)(h + 1);
  tape->arena = (const char *)(tape->records + h->ops);
  tape->ops = h->ops;
  tape->slots = h->slots;
  tape->inherited = h->inherited;
  tape->arena_bytes = h->arena_bytes;
  if (tape->arena_bytes && tape->arena[tape->arena_bytes - 1]) return bad(&c, "arena does not end in NUL");
  for (c.op = 0; c.op < tape->ops; c.op++) {
    *bad_op = c.op;
    if (!check_record(&c, &tape->records[c.op])) return 0;
  }
  if (!ends_half(tape->records[tape->ops - 1].code)) return bad(&c, "the last op is neither exec nor finish");
  return 1;
}
