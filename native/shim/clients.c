#include "client.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct client clients[MAX_CLIENTS + 1];

static void send_state(struct client *c)
{
	client_send(c, SHIM_FRAME_STATE, (uint32_t[]){ phase, (uint32_t)init_pid }, 8);
}

static void send_log_loss(struct client *c)
{
	uint32_t words[3] = { (uint32_t)log_lost, (uint32_t)(log_lost >> 32), (uint32_t)log_errno };
	client_send(c, SHIM_FRAME_LOG_LOST, words, sizeof words);
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
			client_send(&clients[i], type, payload, n);
}

static uint32_t mask_of(uint32_t type)
{
	return type == SHIM_FRAME_STDERR ? 2 : 1;
}

void clients_output(uint32_t type, const uint8_t *bytes, uint32_t n)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].mask & mask_of(type))
			client_send(&clients[i], type, bytes, n);
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

void clients_stdin_ready(void)
{
	for (int i = 0; i <= MAX_CLIENTS; i++)
		if (clients[i].fd >= 0 && clients[i].stdin_waits)
			client_receive(&clients[i]);
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
			client_flush(c);
		if (c->fd >= 0 && !c->stdin_waits && set[i].revents & (POLLIN | POLLERR | POLLHUP))
			client_receive(c);
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
				client_drop(c);
			else if (c->out)
				client_flush(c);
		}
	}
}
