/* Making things inside a root that an attacker may have filled with links. Every step is by fd; links lead inside root or nowhere. */
#ifndef INROOT_H
#define INROOT_H
#include <stdint.h>
#include <sys/types.h>

#include "player.h"

/* The owner and mode of what is made; what exists is left alone. */
struct making {
  int directory; /* the last component is a directory, made like its missing parents; else an empty file */
  uint32_t mode, uid, gid;
};

/*
 * Makes what is missing of a path and returns its O_PATH fd, or -errno with the failing component in the player's text. Links are
 * followed inside root, dangling ones by making what they point to, as an image's /etc/resolv.conf needs it.
 */
int inroot_make(struct player *p, int root, const char *path, const struct making *m);

/*
 * The directory of a path's last component (O_PATH; missing ones made 0755 if `make`, else ENOENT) and its name in `name`
 * (NAME_MAX + 1 bytes). The last component is not followed; it may not be `.` or `..` (EINVAL).
 */
int inroot_parent(struct player *p, int root, const char *path, int make, char *name);
#endif
