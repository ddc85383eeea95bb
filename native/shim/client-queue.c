#include "client.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

void client_drop(struct client *c)
{
	if (c->out)
		munmap(c->out, c->out_size);
	close(c->fd);
	*c = (struct client){ .fd = -1 };
}

static int queue(struct client *c, const uint8_t *bytes, size_t n)
{
	if (c->out_end + n > c->out_size) {
		size_t size = (c->out_end + n + 0xffff) & ~(size_t)0xffff;
		if (size > MAX_PENDING)
			return 0;
		void *p = c->out ? mremap(c->out, c->out_size, size, MREMAP_MAYMOVE) :
				   mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return 0;
		c->out = p;
		c->out_size = size;
	}
	memcpy(c->out + c->out_end, bytes, n);
	c->out_end += n;
	return 1;
}

void client_flush(struct client *c)
{
	while (c->out_at < c->out_end) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_end - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				client_drop(c);
			return;
		}
		c->out_at += (size_t)n;
	}
	if (c->out)
		munmap(c->out, c->out_size);
	c->out = NULL;
	c->out_at = c->out_end = c->out_size = 0;
}

/* Straight to the socket; only what it does not take is queued. */
void client_send(struct client *c, uint32_t type, const void *payload, uint32_t n)
{
	uint32_t header[2] = { n, type };
	struct iovec iov[2] = { { header, sizeof header }, { (void *)payload, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t done = c->out ? 0 : sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && errno != EAGAIN && errno != EINTR) {
		client_drop(c);
		return;
	}
	size_t sent = done > 0 ? (size_t)done : 0, head = sent < sizeof header ? sent : sizeof header;
	if ((head < sizeof header && !queue(c, (uint8_t *)header + head, sizeof header - head)) ||
	    (sent - head < n && !queue(c, (const uint8_t *)payload + (sent - head), n - (sent - head))))
		client_drop(c);
}
