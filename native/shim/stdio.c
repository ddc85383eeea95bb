#include "shim.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct output outputs[2] = { { -1, SHIM_FRAME_STDOUT, 0 }, { -1, SHIM_FRAME_STDERR, 0 } };
int stdin_fd = -1;

static uint32_t rows, cols; /* also of a terminal that is not there yet */

/* One read. 0: nothing there now, or at its end (then closed). */
int output_readable(struct output *o, size_t limit)
{
	ssize_t n = read(o->fd, scratch, limit < CHUNK ? limit : CHUNK);
	if (n > 0) {
		o->quiet = 0;
		log_write(o->frame, scratch, (size_t)n);
		clients_output(o->frame, scratch, (uint32_t)n);
		return (int)n;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0 && errno == EIO && config.tty) {
		o->quiet = 1;
		return 0;
	}
	if (stdin_fd == o->fd)
		stdin_fd = -1;
	close(o->fd);
	o->fd = -1;
	return 0;
}

/*
 * What init left behind. In a pipe that is known to the byte, so that a descendant which still writes is not waited for; a pty says it
 * only by being read.
 */
void drain_outputs(void)
{
	for (struct output *o = outputs; o < outputs + 2; o++) {
		int left = 1 << 20, n;
		if (o->fd < 0 || (!config.tty && ioctl(o->fd, FIONREAD, &left) < 0))
			continue;
		while (left > 0 && o->fd >= 0 && (n = output_readable(o, (size_t)left)) > 0)
			left -= n;
	}
}

/* How much the container took; all of it where nobody reads any more, 0 when it is full or its pty not there yet. */
ssize_t stdin_write(const uint8_t *bytes, size_t n)
{
	if (stdin_fd < 0)
		return config.tty && config.stdin_open && outputs[0].fd < 0 && player_socket >= 0 ? 0 : (ssize_t)n;
	ssize_t done = write(stdin_fd, bytes, n);
	if (done >= 0)
		return done;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (!config.tty) {
		close(stdin_fd);
		stdin_fd = -1;
	}
	return (ssize_t)n;
}

/* On a terminal the end of input is a character (termios(3) VEOF), as nothing else may hang up the session. */
void stdin_close(void)
{
	if (stdin_fd < 0)
		return;
	if (config.tty)
		stdin_write((const uint8_t *)"\4", 1);
	else {
		close(stdin_fd);
		stdin_fd = -1;
	}
}

void terminal_resize(uint32_t r, uint32_t c)
{
	struct winsize size = { .ws_row = (unsigned short)r, .ws_col = (unsigned short)c };
	rows = r;
	cols = c;
	if (config.tty && outputs[0].fd >= 0 && (r || c))
		ioctl(outputs[0].fd, TIOCSWINSZ, &size);
}

/* The container has made its terminal. */
void take_pty(int master)
{
	if (master < 0 || outputs[0].fd >= 0 || !config.tty) {
		if (master >= 0)
			close(master);
		return;
	}
	fcntl(master, F_SETFL, O_NONBLOCK);
	outputs[0].fd = master;
	if (config.stdin_open)
		stdin_fd = master;
	terminal_resize(rows, cols);
}
