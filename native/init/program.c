#include "program.h"

#include <stddef.h>
#include <sys/mman.h>

#include "sys.h"

char **program_list(const struct strv *v) {
  char **list = mmap(NULL, (v->count + 1ul) * sizeof *list, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (list == MAP_FAILED) return NULL;
  for (uint32_t i = 0; i < v->count; i++) list[i] = (char *)v->arena + v->offsets[i];
  return list;
}

int program_close_rest(int keep) {
  if (keep != KEPT_FD && dup2(keep, KEPT_FD) < 0) return -errno;
  if (fcntl(KEPT_FD, F_SETFD, FD_CLOEXEC)) return -errno;
  return (int)result(syscall(SYS_close_range, KEPT_FD + 1, ~0u, 0));
}
