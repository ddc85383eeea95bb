/* Starting programs. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include "args.h"

/* The list as execve(2) wants it, in memory of its own (mmap); NULL with errno when there is none. */
char **program_list(const struct strv *v);

#define KEPT_FD 3

/*
 * Closes every fd above 2 but `keep`, which becomes KEPT_FD and is closed by the next execve(2). Now and not only then: execve(2) resolves
 * its path first, and a link to /proc/self/fd/<n>/.. in a hostile root would lead out of it (CVE-2024-21626).
 */
int program_close_rest(int keep);
#endif
