#include "shim.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

uint8_t scratch[CHUNK];

static int child_signals = -1, listener = -1, in_state;

static void fail_setup(const char *what)
{
	fail(NO_OP, (uint32_t)errno, 0, what, strlen(what));
}

/* It ends when its container ends, and by nothing that a terminal, a service manager or a broken pipe sends. */
static void setup_process(void)
{
	static const int ignored[] = { SIGPIPE, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGXFSZ, SIGTTOU, SIGTTIN, SIGTSTP, SIGUSR1, SIGUSR2 };
	sigset_t set;
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	setsid();
	umask(022);
	syscall(SYS_close_range, INHERIT_FD + (unsigned)config.inherit, ~0u, 0);
	syscall(SYS_close_range, CONTROL_FD, ~0u, CLOSE_RANGE_CLOEXEC);
	child_signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (child_signals < 0)
		return fail_setup("signalfd");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return fail_setup("prctl PR_SET_CHILD_SUBREAPER");
	if (chdir("/") < 0)
		fail_setup("chdir to /");
}

static void enter_state(void)
{
	in_state = chdir(config.state) == 0;
	if (!in_state)
		fail_setup("chdir to the state directory");
}

/* Bound by its relative name, so that the state path may be longer than sun_path. */
static void setup_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "shim.sock" };
	if (!config.listen || outcome.failed)
		return;
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	umask(0177);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0)
		fail_setup("listen on shim.sock");
	umask(022);
}

/* Lowered for itself only, after the player has been forked: who loses the shim loses the container's end. */
static void protect_from_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Without CAP_SYS_RESOURCE this is EACCES, and the shim stays as the agent is. */
	ssize_t done = write(fd, "-999", 4);
	(void)done;
	close(fd);
}

static uint64_t loss_reported;

/* At most once a second. */
static void report_log_loss(int last)
{
	static uint64_t at;
	if (log_lost == loss_reported || (!last && monotonic_msec() < at + 1000))
		return;
	clients_log_loss();
	loss_reported = log_lost;
	at = monotonic_msec();
}

static struct pollfd watch(int fd, short events)
{
	return (struct pollfd){ .fd = fd, .events = events };
}

/* One turn: wait, then the player first (it names init), then the dead, then output, then clients. */
static void turn(void)
{
	struct pollfd set[6 + MAX_CLIENTS + 1];
	if (stdin_fd < 0)
		clients_stdin_ready();
	int quiet = outputs[0].fd >= 0 && outputs[0].quiet;
	set[0] = watch(player_socket, POLLIN);
	set[1] = watch(child_signals, POLLIN);
	set[2] = watch(listener, POLLIN);
	set[3] = watch(clients_wait_for_stdin() ? stdin_fd : -1, POLLOUT);
	for (int i = 0; i < 2; i++)
		set[4 + i] = watch(outputs[i].quiet || clients_block(outputs[i].frame) ? -1 : outputs[i].fd, POLLIN);
	unsigned n = clients_poll(set + 6);
	/* A pty nobody has open stays "readable" for ever; it is looked at once a second until somebody opens it again; a loss waits to be reported. */
	if (poll(set, 6 + n, quiet || log_lost != loss_reported ? 1000 : -1) < 0)
		return;
	if (set[0].revents)
		player_readable();
	if (set[1].revents) {
		struct signalfd_siginfo info[4];
		while (read(child_signals, info, sizeof info) > 0)
			continue;
	}
	/* Also when the player has spoken: init may have ended before it was named. */
	if (set[0].revents || set[1].revents)
		reap();
	if (set[3].revents)
		clients_stdin_ready();
	for (int i = 0; i < 2; i++)
		if (outputs[i].fd >= 0 && (set[4 + i].revents || (outputs[i].quiet && !clients_block(outputs[i].frame))))
			output_readable(&outputs[i], CHUNK);
	clients_serve(set + 6, n);
	if (set[2].revents)
		clients_accept(listener);
	report_log_loss(0);
}

/* The order is the promise: all output is logged, the record is on disk, and only then is anybody told. */
static void finish(void)
{
	drain_outputs();
	log_mark_loss();
	oom_read();
	report_log_loss(1);
	if (in_state && write_exit_file() < 0)
		fail_setup("write the exit file");
	if (listener >= 0) {
		close(listener);
		unlink("shim.sock");
	}
	struct {
		uint32_t words[4];
		uint64_t times[2];
	} frame = {
		{ outcome.exit_code, outcome.signal, outcome.oom_killed, outcome.started },
		{ outcome.started_at, outcome.finished_at },
	};
	clients_broadcast(SHIM_FRAME_EXIT, &frame, sizeof frame);
	clients_flush(FLUSH_MSEC);
}

/*
 * The words of a `launch` frame, NUL-terminated, take the place of the padding, so that the command line says whose shim this is. The
 * mark goes last: who reads the command line sees it until the words are whole.
 */
static int take_words(char *padding, char *mark)
{
	uint32_t header[2];
	size_t room = (size_t)(mark - padding), all = room + strlen(mark);
	if (recv(CONTROL_FD, header, sizeof header, MSG_WAITALL) != sizeof header)
		return 0;
	if (header[1] != SHIM_FRAME_LAUNCH || !header[0] || header[0] > room)
		return 0;
	if (recv(CONTROL_FD, padding, header[0], MSG_WAITALL) != (ssize_t)header[0] || padding[header[0] - 1])
		return 0;
	memset(padding + header[0], 0, all - header[0]);
	return 1;
}

/* It may wait for long: for the starter's next container. It ends with its starter, or when its player is killed. */
static int await_words(char *padding, char *mark)
{
	struct pollfd set[2];
	do {
		set[0] = watch(CONTROL_FD, POLLIN);
		set[1] = watch(player_socket, POLLIN);
	} while (poll(set, 2, -1) < 0 || !(set[0].revents | set[1].revents));
	return set[0].revents && take_words(padding, mark);
}

int main(int argc, char **argv)
{
	const char *culprit = "";
	if (argc < 3)
		return 2;
	char *padding = argv[argc - 2], *mark = argv[argc - 1];
	argv[argc - 2] = NULL;
	if (!parse_args(argv + 1, &culprit))
		return 2;
	clients_init();
	setup_process();
	/* It has all to itself until it is released. */
	if (!outcome.failed && spawn_player() < 0)
		fail_setup("start the player");
	protect_from_oom();
	if (!await_words(padding, mark)) {
		end_player();
		return 0;
	}
	if (!parse_words(padding, mark, &culprit)) {
		errno = EINVAL;
		fail_setup(culprit);
		end_player();
		return 2;
	}
	clients_start();
	enter_state();
	oom_open();
	/* The player works while the rest is set up; nothing of the container's runs before it has named init or reached its gate. */
	if (!outcome.failed)
		release_player();
	setup_listener();
	if (log_open() < 0)
		fail_setup("open the log");
	clients_greet();
	while (!container_ended())
		turn();
	finish();
	return 0;
}
