#include "shim.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

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

static struct client clients[MAX_CLIENTS + 1];

static void drop(struct client *c)
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

static void flush(struct client *c)
{
	while (c->out_at < c->out_end) {
		ssize_t n = send(c->fd, c->out + c->out_at, c->out_end - c->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				drop(c);
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
static void send_frame(struct client *c, uint32_t type, const void *payload, uint32_t n)
{
	uint32_t header[2] = { n, type };
	struct iovec iov[2] = { { header, sizeof header }, { (void *)payload, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t done = c->out ? 0 : sendmsg(c->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (done < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
		return;
	}
	size_t sent = done > 0 ? (size_t)done : 0, head = sent < sizeof header ? sent : sizeof header;
	if ((head < sizeof header && !queue(c, (uint8_t *)header + head, sizeof header - head)) ||
	    (sent - head < n && !queue(c, (const uint8_t *)payload + (sent - head), n - (sent - head))))
		drop(c);
}

static void send_state(struct client *c)
{
	send_frame(c, SHIM_FRAME_STATE, (uint32_t[]){ phase, (uint32_t)init_pid }, 8);
}

static void send_log_loss(struct client *c)
{
	uint32_t words[3] = { (uint32_t)log_lost, (uint32_t)(log_lost >> 32), (uint32_t)log_errno };
	send_frame(c, SHIM_FRAME_LOG_LOST, words, sizeof words);
}

void clients_log_loss(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			send_log_loss(&clients[i]);
}

void clients_init(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		clients[i].fd = -1;
	clients[0] = (struct client){ .fd = CONTROL_FD };
}

/* From here on the starter's socket is a client's. */
void clients_start(void)
{
	clients[0].mask = (uint32_t)config.attach;
}

/* Everybody learns the phase; the first time it also says that shim.sock is there. */
void clients_greet(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			send_state(&clients[i]);
}

static int free_place(void)
{
	for (int i = 1; i <= MAX_CLIENTS; i++)
		if (clients[i].fd < 0)
			return i;
	return 0;
}

/* The starter's place is its own; one more than MAX_CLIENTS is turned away by closing it. */
void clients_accept(int listener)
{
	int fd, i;
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (!(i = free_place())) {
			close(fd);
			continue;
		}
		clients[i] = (struct client){ .fd = fd };
		send_state(&clients[i]);
		if (log_lost && clients[i].fd >= 0)
			send_log_loss(&clients[i]);
	}
}

void clients_broadcast(uint32_t type, const void *payload, uint32_t n)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0)
			send_frame(&clients[i], type, payload, n);
}

static uint32_t mask_of(uint32_t type)
{
	return type == SHIM_FRAME_STDERR ? 2 : 1;
}

void clients_output(uint32_t type, const uint8_t *bytes, uint32_t n)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].mask & mask_of(type))
			send_frame(&clients[i], type, bytes, n);
}

/* Whether somebody attached to this output has not yet taken what was sent: then the container waits. */
int clients_block(uint32_t type)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].out && clients[i].mask & mask_of(type))
			return 1;
	return 0;
}

int clients_wait_for_stdin(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].stdin_waits)
			return 1;
	return 0;
}

static void on_attach(struct client *c, const uint32_t *arg)
{
	if (arg[0] & ~7u)
		return drop(c);
	c->mask = arg[0];
	send_frame(c, SHIM_FRAME_ATTACHED, arg, 4);
}

static void on_stdin(struct client *c, const uint32_t *arg)
{
	(void)arg;
	if (!(c->mask & 4))
		drop(c);
	else if (c->frame[0] == 0)
		stdin_close();
	else
		c->stdin_left = c->frame[0];
}

static void on_resize(struct client *c, const uint32_t *arg)
{
	if (arg[0] > 0xffff || arg[1] > 0xffff)
		drop(c);
	else
		terminal_resize(arg[0], arg[1]);
}

static void on_start(struct client *c, const uint32_t *arg)
{
	(void)c, (void)arg;
	gate_open();
}

static void on_signal(struct client *c, const uint32_t *arg)
{
	if (arg[0] < 1 || arg[0] > 64)
		drop(c);
	else
		signal_init(arg[0]);
}

/* `length` of the payload; the stdin frame's own passes through without being kept. */
static const struct {
	uint32_t type, length;
	void (*act)(struct client *, const uint32_t *);
} frames[] = {
	{ SHIM_FRAME_ATTACH, 4, on_attach }, { SHIM_FRAME_STDIN, 0, on_stdin },	  { SHIM_FRAME_RESIZE, 8, on_resize },
	{ SHIM_FRAME_START, 0, on_start },   { SHIM_FRAME_SIGNAL, 4, on_signal },
};

/* Stdin goes from the socket to the container without being kept: looked at, written, and only what was taken is consumed. */
static int pass_stdin(struct client *c)
{
	size_t want = c->stdin_left < CHUNK ? c->stdin_left : CHUNK;
	ssize_t n = recv(c->fd, scratch, want, MSG_PEEK | MSG_DONTWAIT);
	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 0 : -1;
	ssize_t taken = stdin_write(scratch, (size_t)n);
	if (taken == 0) {
		c->stdin_waits = 1;
		return 0;
	}
	taken = recv(c->fd, scratch, (size_t)taken, MSG_DONTWAIT);
	if (taken <= 0)
		return -1;
	c->stdin_left -= (uint32_t)taken;
	return 1;
}

/* One step of the frame at hand. 1: go on; 0: nothing more to read now; -1: the client is gone or talks garbage. */
static int read_frame(struct client *c)
{
	size_t want = 8, i = 0;
	if (c->stdin_left)
		return pass_stdin(c);
	if (c->have >= 8) {
		while (i < sizeof frames / sizeof *frames && frames[i].type != c->frame[1])
			i++;
		if (i == sizeof frames / sizeof *frames)
			return -1;
		if (c->frame[1] == SHIM_FRAME_STDIN ? c->frame[0] > MAX_PAYLOAD : c->frame[0] != frames[i].length)
			return -1;
		want += frames[i].length;
	}
	if (c->have < want) {
		ssize_t n = recv(c->fd, (uint8_t *)c->frame + c->have, want - c->have, MSG_DONTWAIT);
		if (n <= 0)
			return n < 0 && errno == EAGAIN ? 0 : -1;
		c->have += (uint32_t)n;
		return 1;
	}
	c->have = 0;
	frames[i].act(c, c->frame + 2);
	return c->fd < 0 ? 0 : 1;
}

static void receive(struct client *c)
{
	int more = 1;
	c->stdin_waits = 0;
	for (int budget = 32; budget && more > 0; budget--)
		more = read_frame(c);
	if (more < 0)
		drop(c);
}

void clients_stdin_ready(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].stdin_waits)
			receive(&clients[i]);
}

/* One entry a place, in order. One that waits for stdin is not asked for input: its hang-up would only spin the loop. */
unsigned clients_poll(struct pollfd *set)
{
	for (int i = 0; i <= MAX_CLIENTS; i++) {
		struct client *c = &clients[i];
		short events = (short)((c->stdin_waits ? 0 : POLLIN) | (c->out ? POLLOUT : 0));
		set[i] = (struct pollfd){ .fd = events ? c->fd : -1, .events = events };
	}
	return MAX_CLIENTS + 1;
}

void clients_serve(const struct pollfd *set, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct client *c = &clients[i];
		if (set[i].fd < 0 || c->fd != set[i].fd)
			continue;
		if (c->out && set[i].revents & (POLLOUT | POLLERR | POLLHUP))
			flush(c);
		if (c->fd >= 0 && !c->stdin_waits && set[i].revents & (POLLIN | POLLERR | POLLHUP))
			receive(c);
	}
}

/*
 * The end: what is queued goes out, and then each client closes first, for a bounded time. A socket closed here with input unread, or
 * written to afterwards, would be reset, and the client lose what it had not read.
 */
void clients_flush(int timeout_msec)
{
	uint64_t deadline = monotonic_msec() + (uint64_t)timeout_msec;
	for (;;) {
		struct pollfd set[MAX_CLIENTS + 1];
		int waiting = 0;
		for (int i = 0; i <= MAX_CLIENTS; i++) {
			struct client *c = &clients[i];
			set[i] = (struct pollfd){ .fd = c->fd, .events = (short)(POLLIN | (c->out ? POLLOUT : 0)) };
			waiting |= c->fd >= 0;
			if (c->fd >= 0 && !c->out)
				shutdown(c->fd, SHUT_WR);
		}
		uint64_t now = monotonic_msec();
		if (!waiting || now >= deadline)
			return;
		if (poll(set, MAX_CLIENTS + 1, (int)(deadline - now)) < 0 && errno != EINTR)
			return;
		for (int i = 0; i <= MAX_CLIENTS; i++) {
			struct client *c = &clients[i];
			if (c->fd < 0 || !set[i].revents)
				continue;
			ssize_t n = recv(c->fd, scratch, CHUNK, MSG_DONTWAIT);
			if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
				drop(c);
			else if (c->out)
				flush(c);
		}
	}
}
