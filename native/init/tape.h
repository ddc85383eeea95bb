/* The tape: layout in docs/architecture.md, "Tape encoding". */
#ifndef TAPE_H
#define TAPE_H
#include <stddef.h>
#include <stdint.h>

#include "ops.gen.h"
#include "text.h"

#define TAPE_VERSION 1
#define TAPE_OPS_MAX 4096
#define TAPE_SLOTS_MAX 255
#define TAPE_ARENA_MAX (4u << 20)
#define TAPE_ERRNO_MAX 4095
#define TAPE_NONE 0xffffffffu

struct header {
  char magic[4];
  uint32_t version, ops, slots, inherited, arena_bytes;
  uint8_t zero[8];
};

struct record {
  uint16_t code;
  uint16_t tolerate[3];
  uint64_t args[7];
};

_Static_assert(sizeof(struct header) == 32 && sizeof(struct record) == 64, "the encoding is fixed");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the encoding is little-endian");

#define TAPE_BYTES_MAX (sizeof(struct header) + TAPE_OPS_MAX * sizeof(struct record) + TAPE_ARENA_MAX)

struct tape {
  const struct record *records;
  const char *arena;
  uint32_t ops, slots, inherited, arena_bytes;
};

/*
 * Validates a whole tape held at `bytes` (8-byte aligned) and fills `tape`; nothing in it is used unless this says true. On false,
 * `bad_op` is the index of the op at fault (TAPE_NONE: the header) and `why` says what is wrong.
 */
int tape_check(const void *bytes, size_t length, struct tape *tape, uint32_t *bad_op, struct text *why);
#endif
