/*
 * player-fuzz SEED SECONDS RUNS TAPE…: mutates the tapes, from a seed that repeats every run, until SECONDS have passed or RUNS are done
 * (RUNS 0: no limit). Prints one JSON line; a crash is reported by the sanitizers with the number of its run, which
 * `player-fuzz SEED 0 <number> TAPE…` repeats.
 */
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tape.h"
#include "target.h"

#define SEEDS_MAX 64
#define ROOM (1u << 16)

struct seed {
  uint8_t *bytes;
  size_t size;
};

static struct seed seeds[SEEDS_MAX];
static unsigned seed_count;
static uint64_t random_state, first_state;

static uint64_t draw(uint64_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return below ? random_state % below : random_state;
}

/* ASAN and UBSAN are libraries apart: the one calls back, the other is told to abort. */
const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) { return "abort_on_error=1:print_stacktrace=1"; }

static void on_death(void) {
  fprintf(stderr, "player-fuzz: seed %llu, run %llu\n", (unsigned long long)first_state, (unsigned long long)fuzz_counts.runs);
}

static void on_abort(int s) {
  on_death();
  _exit(128 + s);
}

static void load(const char *path) {
  struct seed *s = &seeds[seed_count++];
  FILE *f = fopen(path, "rb");
  if (!f || seed_count == SEEDS_MAX || !(s->bytes = malloc(ROOM))) {
    perror(path);
    exit(2);
  }
  s->size = fread(s->bytes, 1, ROOM, f);
  fclose(f);
}

static uint64_t interesting(void) {
  static const uint64_t values[] = { 0, 1, 2, 3, 4, 31, 64, 254, 255, 256, 4095, 4096, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 1ull << 32, ~0ull };
  uint64_t v = values[draw(sizeof values / sizeof *values)];
  return draw(2) ? v : v | draw(0x100) << 32;
}

/* One change of one of the kinds that a broken or hostile compiler could make; returns the new size. */
static size_t mutate(uint8_t *b, size_t size) {
  struct header *h = (struct header *)b;
  struct record *r = size >= sizeof *h + sizeof *r ? (struct record *)(h + 1) + draw((size - sizeof *h) / sizeof *r) : NULL;
  size_t arena = r ? sizeof *h + h->ops * sizeof *r : size;
  uint64_t value = interesting();
  switch (draw(11)) {
  case 0: b[draw(size)] ^= (uint8_t)(1u << draw(8)); return size;
  case 1: memcpy(b + 4 * draw(7), &value, 4); return size;
  case 2: if (r) r->args[draw(7)] = value; return size;
  case 3: if (r) r->args[draw(7)] += draw(9) - 4; return size;
  case 4: if (r) r->code = (uint16_t)draw(OP_CODE_MAX + 4); return size;
  case 5: if (r) r->tolerate[draw(3)] = (uint16_t)draw(2) ? (uint16_t)value : (uint16_t)draw(140); return size;
  case 6: if (r) r->args[draw(7)] = draw(2) ? draw(64) : h->arena_bytes - draw(16); return size;
  case 7: return draw(size);
  case 8: if (arena < size) value = draw(size - arena < 16 ? size - arena : 16), memset(b + size - value, 'x', value); return size;
  case 9: if (arena < size) b[arena + draw(size - arena)] = (uint8_t)draw(256); return size;
  default:
    if (arena + 4 < size) memcpy(b + arena + draw(size - arena - 4), &value, 4);
    return size;
  }
}

int main(int argc, char **argv) {
  static uint8_t buffer[ROOM] __attribute__((aligned(8)));
  if (argc < 5) return 2;
  random_state = first_state = strtoull(argv[1], NULL, 10);
  double seconds = atof(argv[2]);
  uint64_t runs = strtoull(argv[3], NULL, 10);
  time_t end = time(NULL) + (time_t)seconds;
  if (!random_state) return 2;
  for (int i = 4; i < argc; i++) load(argv[i]);
  __sanitizer_set_death_callback(on_death);
  signal(SIGABRT, on_abort);
  for (unsigned i = 0; i < seed_count; i++) LLVMFuzzerTestOneInput(seeds[i].bytes, seeds[i].size);
  if (fuzz_counts.valid != seed_count) {
    fprintf(stderr, "player-fuzz: %llu of %u seed tapes are valid\n", (unsigned long long)fuzz_counts.valid, seed_count);
    return 1;
  }
  while ((!runs || fuzz_counts.runs < runs) && (!seconds || fuzz_counts.runs % 256 || time(NULL) < end)) {
    struct seed *s = &seeds[draw(seed_count)];
    size_t size = s->size;
    memcpy(buffer, s->bytes, size);
    for (uint64_t n = 1 + draw(4); n && size; n--) size = mutate(buffer, size);
    LLVMFuzzerTestOneInput(buffer, size);
  }
  printf("{\"seed\":%llu,\"runs\":%llu,\"valid\":%llu,\"ops\":%llu}\n", (unsigned long long)first_state, (unsigned long long)fuzz_counts.runs,
         (unsigned long long)fuzz_counts.valid, (unsigned long long)fuzz_counts.ops);
  return 0;
}
