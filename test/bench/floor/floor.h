/* floor.c runs containers, cgroups.c makes and removes what they are counted in, container.c is the child up to its program. */
#ifndef TSGOV_FLOOR_H
#define TSGOV_FLOOR_H

#define MAX_HIERARCHIES 16

struct hierarchy {
	char mount[256];
	char dir[512];
	char options[256];
	int v2;
	/* What the child joins by: v1 tasks to write to, the v2 directory to be cloned into. */
	int fd;
};
extern struct hierarchy hierarchies[MAX_HIERARCHIES];
extern int hierarchy_count;

void find_hierarchies(const char *name);
void make_cgroups(void);
void drop_cgroups(void);

/* Ends in exec. */
void run_container(const char *rootfs) __attribute__((noreturn));

/* Says what failed, with errno, and exits. */
void die(const char *what) __attribute__((noreturn));

#define MUST(call) do { if ((call) < 0) die(#call); } while (0)

#endif
