/* Starting programs. */
#ifndef PROGRAM_H
#define PROGRAM_H
#include "args.h"

/* The list as execve(2) wants it, in memory of its own (mmap); NULL with errno when there is none. */
char **program_list(const struct strv *v);

/* Everything but fds 0 to 2 is closed by the next execve(2). */
int program_close_on_exec(void);
#endif
