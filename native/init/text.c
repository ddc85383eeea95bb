#include "text.h"

#include <string.h>

void text_add_bytes(struct text *t, const char *s, uint32_t length) {
  uint32_t room = TEXT_MAX - t->length;
  if (length > room) length = room;
  memcpy(t->bytes + t->length, s, length);
  t->length += length;
}

void text_add(struct text *t, const char *s) { text_add_bytes(t, s, (uint32_t)strnlen(s, TEXT_MAX)); }

const char *digits_of(uint64_t n, struct digits *d) {
  char *at = d->s + sizeof d->s - 1;
  *at = 0;
  do *--at = (char)('0' + n % 10);
  while ((n /= 10));
  return at;
}

void text_add_number(struct text *t, uint64_t n) {
  struct digits d;
  text_add(t, digits_of(n, &d));
}
