#ifndef TARGET_H
#define TARGET_H
#include <stddef.h>
#include <stdint.h>

struct fuzz_counts {
  uint64_t runs, valid, ops;
};
extern struct fuzz_counts fuzz_counts;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
