#include "program.h"

#include <linux/close_range.h>
#include <stddef.h>
#include <sys/mman.h>

#include "sys.h"

char **program_list(const struct strv *v) {
  char **list = mmap(NULL, (v->count + 1ul) * sizeof *list, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (list == MAP_FAILED) return NULL;
  for (uint32_t i = 0; i < v->count; i++) list[i] = (char *)v->arena + v->offsets[i];
  return list;
}

int program_close_on_exec(void) { return (int)result(syscall(SYS_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC)); }
