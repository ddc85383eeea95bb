#include "client.h"

#include <sys/socket.h>

static void on_attach(struct client *c, const uint32_t *arg)
{
	if (arg[0] & ~7u)
		return client_drop(c);
	c->mask = arg[0];
	client_send(c, SHIM_FRAME_ATTACHED, arg, 4);
}

static void on_stdin(struct client *c, const uint32_t *arg)
{
	(void)arg;
	if (!(c->mask & 4))
		client_drop(c);
	else if (c->frame[0] == 0)
		stdin_close();
	else
		c->stdin_left = c->frame[0];
}

static void on_resize(struct client *c, const uint32_t *arg)
{
	if (arg[0] > 0xffff || arg[1] > 0xffff)
		client_drop(c);
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
		client_drop(c);
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

/*
 * What there is to read, for a while: one client does not keep the others waiting. It does not stop inside a frame: of one that is here whole
 * nothing would be left in the socket, and the poll that is to go on with it would wait for ever.
 */
void client_receive(struct client *c)
{
	int more = 1;
	c->stdin_waits = 0;
	for (int budget = 32; more > 0 && (budget > 0 || c->have); budget--)
		more = read_frame(c);
	if (more < 0)
		client_drop(c);
}
