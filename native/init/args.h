/* The kinds of argument an op takes (runtime/tape/ops.ts, ArgKind) and their C forms. */
#ifndef ARGS_H
#define ARGS_H
#include <fcntl.h>
#include <stdint.h>

enum arg_kind { ARG_NONE, ARG_SLOT, ARG_SLOT_OPT, ARG_OUT, ARG_STR, ARG_STR_OPT, ARG_BYTES, ARG_STRV, ARG_U32, ARG_U64, ARG_OP };

/* What an absent `slot?` becomes: where the op takes a directory, this is the working directory. */
#define NO_FD AT_FDCWD

struct bytes {
  const uint8_t *data;
  uint32_t length;
};

struct strv {
  const char *arena;
  const uint32_t *offsets;
  uint32_t count;
};
#endif
