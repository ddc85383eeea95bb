/*
 * The fuzz target: the whole parse path, and the interpreter with ops that only read their arguments to their ends. libFuzzer's entry
 * (LLVMFuzzerTestOneInput); fuzz/driver.c drives it where there is no libFuzzer.
 */
#include "target.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

struct fuzz_counts fuzz_counts;

static uint64_t seen; /* every byte the ops read, so that no read is optimized away; it also decides what ops answer */

void report(struct player *p, enum player_message type, int err) {
  seen += type + (uint64_t)err + p->value + p->text.length;
  for (uint32_t i = 0; i < p->text.length; i++) seen += (uint8_t)p->text.bytes[i];
}

static void touch(const void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) seen = seen * 31 + ((const uint8_t *)bytes)[i];
}

static void stub_arg_slot(struct player *p, int fd) {
  (void)p;
  seen += (uint64_t)fd;
}

static void stub_arg_slot_opt(struct player *p, int fd) { stub_arg_slot(p, fd); }

static void stub_arg_out(struct player *p, int *out) {
  *out = 1000 + (int)(out - p->slots);
  p->slots[out - p->slots] = *out; /* only an address inside the slot table survives this */
}

static void stub_arg_str(struct player *p, const char *s) {
  (void)p;
  touch(s, strlen(s));
}

static void stub_arg_str_opt(struct player *p, const char *s) {
  if (s) stub_arg_str(p, s);
}

static void stub_arg_bytes(struct player *p, struct bytes b) {
  (void)p;
  touch(b.data, b.length);
}

static void stub_arg_strv(struct player *p, struct strv v) {
  for (uint32_t i = 0; i < v.count && i < 4096; i++) stub_arg_str(p, v.arena + v.offsets[i]);
}

static void stub_arg_u32(struct player *p, uint32_t n) {
  (void)p;
  seen += n;
}

static void stub_arg_u64(struct player *p, uint64_t n) {
  (void)p;
  seen += n;
}

static void stub_arg_op(struct player *p, uint32_t op) {
  if (seen & 1) p->next = op;
}

static int stub_result(struct player *p, uint16_t code) {
  static const int errnos[] = { EPERM, ENOENT, ECANCELED, EINVAL };
  fuzz_counts.ops++;
  p->value = (uint32_t)seen;
  text_add_number(&p->text, seen);
  if (code == OP_EXEC || code == OP_FINISH) return -ENOEXEC;
  return seen % 64 ? 0 : -errnos[seen / 64 % 4];
}

/* An exec_OP for every op of the table, which asks nothing of the kernel: what is fuzzed is the reading of tapes. */
#include "ops-stub.gen.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static struct player p;
  uint8_t *exact = malloc(size ? size : 1); /* so that ASAN sees one byte beyond */
  if (!exact) abort();
  memcpy(exact, data, size);
  memset(&p, 0, sizeof p);
  for (int i = 0; i < TAPE_SLOTS_MAX; i++) p.slots[i] = EMPTY;
  seen = size;
  fuzz_counts.runs++;
  if (tape_check(exact, size, &p.tape, &p.op, &p.text)) {
    fuzz_counts.valid++;
    for (uint32_t i = 0; i < p.tape.slots / 2; i++) p.slots[i] = 3 + (int)i;
    play(&p);
  } else if (!p.text.length || (p.op != TAPE_NONE && p.op >= p.tape.ops)) {
    abort(); /* a refusal says why and names an op that there is */
  }
  free(exact);
  return 0;
}
