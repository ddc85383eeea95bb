#include "shim.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

uint32_t phase = SHIM_PHASE_PREPARING;
pid_t init_pid;

static int player_ended, player_status, init_ended, init_status, init_pidfd = -1;
static int gate_waits, gate_passed, may_start;
static uint64_t pending_signals;

static void set_phase(uint32_t next)
{
	phase = next;
	clients_greet();
}

static int pidfd_send(int pidfd, int signo)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0);
}

/*
 * Whatever has been forked for the container by now, init too where it has not been named yet: until EOF on the player's socket all
 * children are the container's. Source: proc_pid_tid_children(5).
 */
static void kill_children(void)
{
	char buf[256];
	int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf);
	pid_t pid = 0;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != ' ')
			pid = pid * 10 + (buf[i] - '0');
		else if (pid > 0) {
			kill(pid, SIGKILL);
			pid = 0;
		}
	}
	if (fd >= 0)
		close(fd);
	/* A kernel without CONFIG_PROC_CHILDREN: those that are known. */
	if (init_pidfd >= 0)
		pidfd_send(init_pidfd, SIGKILL);
	if (player_pid > 0 && !player_ended)
		kill(player_pid, SIGKILL);
}

/* The first reason counts. What has been made of the container ends with it. */
void fail(uint32_t op, uint32_t errnum, uint32_t value, const char *text, size_t n)
{
	if (outcome.failed)
		return;
	struct {
		uint32_t op, errnum, value;
		char text[MAX_TEXT];
	} frame = { op, errnum, value, { 0 } };
	n = n < MAX_TEXT ? n : MAX_TEXT;
	memcpy(frame.text, text, n);
	outcome.failed = 1;
	outcome.op = op;
	outcome.errnum = errnum;
	outcome.value = value;
	memcpy(outcome.text, frame.text, n);
	clients_broadcast(SHIM_FRAME_FAILED, &frame, 12 + (uint32_t)n);
	if (!outcome.started)
		kill_children();
}

void fail_errno(const char *what)
{
	fail(NO_OP, (uint32_t)errno, 0, what, strlen(what));
}

static void pass_gate(void)
{
	gate_waits = 0;
	gate_passed = 1;
	if (send(player_socket, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		fail_errno("open the gate");
}

void gate_open(void)
{
	may_start = 1;
	if (gate_waits && !outcome.failed)
		pass_gate();
}

void signal_init(uint32_t signo)
{
	if (init_pidfd >= 0)
		pidfd_send(init_pidfd, (int)signo);
	else if (signo == SIGKILL && player_pid > 0 && !player_ended)
		kill(player_pid, SIGKILL);
	else
		pending_signals |= 1ull << (signo - 1);
}

/* The pid file is there before anything of the container's own can run. */
static void learn_init(pid_t pid)
{
	siginfo_t info;
	uint64_t start_time = read_start_time(pid);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0) {
		if (pidfd >= 0)
			close(pidfd);
		return fail_errno("the init process is no child of the shim");
	}
	init_pid = pid;
	init_pidfd = pidfd;
	if (write_pid_file(pid, start_time) < 0)
		return fail_errno("write the pid file");
	if (outcome.failed)
		return kill_children();
	for (int signo = 1; signo <= 64; signo++)
		if (pending_signals & 1ull << (signo - 1))
			pidfd_send(init_pidfd, signo);
	set_phase(phase);
}

static void on_gate(void)
{
	if (!init_pid)
		learn_init(player_pid);
	if (outcome.failed)
		return;
	if (!config.hold || may_start)
		return pass_gate();
	gate_waits = 1;
	set_phase(SHIM_PHASE_GATE);
}

/* Nobody has the socket any more: the tape is played, and what remains is the container's own program (or nothing). */
static void on_player_end(void)
{
	close(player_socket);
	player_socket = -1;
	if (!init_pid && !outcome.failed && !player_ended)
		learn_init(player_pid);
}

void player_readable(void)
{
	struct {
		uint32_t type, op, errnum, value;
		char text[MAX_TEXT];
	} m;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { &m, sizeof m };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
	ssize_t n = recvmsg(player_socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		return on_player_end();
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int fd = -1;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	if (fd >= 0 && (n < 16 || m.type != PLAYER_MESSAGE_PTY))
		close(fd);
	if (n < 16)
		return fail(NO_OP, EPROTO, 0, "short message of the player", 27);
	switch (m.type) {
	case PLAYER_MESSAGE_ERROR:
		return fail(m.op, m.errnum, m.value, m.text, (size_t)n - 16);
	case PLAYER_MESSAGE_WARNING:
		return clients_broadcast(SHIM_FRAME_WARNING, &m.op, 12);
	case PLAYER_MESSAGE_PID:
		if (!init_pid)
			learn_init((pid_t)m.value);
		return;
	case PLAYER_MESSAGE_GATE:
		return on_gate();
	case PLAYER_MESSAGE_PTY:
		return take_pty(fd);
	default:
		return fail(NO_OP, EPROTO, m.type, "unknown message of the player", 29);
	}
}

static int reap_one(idtype_t type, id_t id, siginfo_t *info)
{
	info->si_pid = 0;
	return waitid(type, id, info, WEXITED | WNOHANG | __WALL) == 0 && info->si_pid;
}

static void note_end(const siginfo_t *info)
{
	int status = info->si_code == CLD_EXITED ? info->si_status : 128 + info->si_status;
	if (info->si_pid == player_pid) {
		player_ended = 1;
		player_status = status;
	}
	if (info->si_pid == init_pid || (info->si_pid == player_pid && !init_pid && player_socket < 0)) {
		init_ended = 1;
		init_status = status;
		outcome.signal = info->si_code == CLD_EXITED || outcome.failed ? 0 : (uint32_t)info->si_status;
		outcome.finished_at = realtime_nsec();
	}
}

/*
 * Until the player has named init nobody is waited for, because init's pid must not be gone before it is known, and without a name the
 * player is init; then only the two; and after its socket's end everything that was left to this subreaper.
 */
void reap(void)
{
	siginfo_t info;
	if (player_socket < 0) {
		while (reap_one(P_ALL, 0, &info))
			note_end(&info);
		return;
	}
	if ((init_pid || outcome.failed) && player_pid != init_pid && !player_ended && reap_one(P_PID, (id_t)player_pid, &info))
		note_end(&info);
	if (init_pid && !init_ended && reap_one(P_PIDFD, (id_t)init_pidfd, &info))
		note_end(&info);
}

/* Whether it ran is known when the player's socket is at its end. A tape without a gate needs the player's own word that it got through. */
static void judge_start(void)
{
	if (player_socket >= 0 || outcome.started || outcome.failed)
		return;
	if (!gate_passed && ((player_pid != init_pid && !player_ended) || (gate_waits && !init_ended)))
		return;
	if (gate_passed || (init_pid && !gate_waits && (player_pid == init_pid || !player_status) && !(init_ended && outcome.signal))) {
		outcome.started = 1;
		outcome.started_at = realtime_nsec();
		return set_phase(SHIM_PHASE_RUNNING);
	}
	fail(NO_OP, 0, init_pid ? outcome.signal : (uint32_t)player_status, "ended before it ran", 19);
}

/* Nothing is left to wait for: the player has let go, and init (if there ever was one) and the player are reaped. */
int container_ended(void)
{
	judge_start();
	/* What the player forked while it was being killed, too. */
	if (outcome.failed && player_socket >= 0 && player_ended)
		kill_children();
	if (player_socket >= 0 || (init_pid && !init_ended) || (!player_ended && player_pid > 0 && player_pid != init_pid))
		return 0;
	outcome.exit_code = outcome.started || outcome.signal ? (uint32_t)init_status : 125;
	if (!outcome.finished_at)
		outcome.finished_at = realtime_nsec();
	return 1;
}
