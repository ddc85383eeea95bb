/* One connection of the shim: clients.c has them all, client-queue.c writes to one, client-frames.c reads from one. */
#ifndef TSGOV_CLIENT_H
#define TSGOV_CLIENT_H

#include "shim.h"

struct client {
	int fd; /* -1: free */
	uint32_t mask;
	uint32_t have;         /* bytes of the frame at hand, header and payload, that are in `frame` */
	uint32_t frame[4];
	uint32_t stdin_left;   /* payload of a stdin frame still to come */
	int stdin_waits;       /* the container does not take its stdin just now */
	uint8_t *out;          /* mapped while something is queued */
	size_t out_at, out_end, out_size;
};

void client_drop(struct client *c);
void client_flush(struct client *c);
void client_send(struct client *c, uint32_t type, const void *payload, uint32_t n);
void client_receive(struct client *c);

#endif
