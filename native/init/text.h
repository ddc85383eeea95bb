/* The free text of a report: appended piece by piece, cut at its end. */
#ifndef TEXT_H
#define TEXT_H
#include <stdint.h>

#define TEXT_MAX 512

struct text {
  char bytes[TEXT_MAX];
  uint32_t length;
};

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, uint32_t length);
void text_add_number(struct text *t, uint64_t n);

/* The decimal digits of n, NUL-terminated, in the caller's buffer. */
struct digits {
  char s[24];
};
const char *digits_of(uint64_t n, struct digits *d);
#endif
