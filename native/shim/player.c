#include "shim.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int player_socket = -1;
pid_t player_pid;

static volatile int player_errno; /* written by the child of vfork(2) */

/*
 * The child of vfork(2): its own table of descriptors, its parent's memory. It gets 0–2, control 3, tape 4 and what is inherited
 * from 5 on, and nothing else; every source has a higher number than any target that is set before it.
 */
static _Noreturn void become_player(const int stdio[3], int control)
{
	static char *const argv[] = { "tsgov-init", NULL }, *const envp[] = { NULL };
	int inherit = (int)config.inherit, first = TAPE_FD + 1 + inherit;
	int player = fcntl(PLAYER_FD, F_DUPFD_CLOEXEC, 64 + inherit);
	sigset_t none;
	for (int i = 0; i < 3; i++)
		dup2(stdio[i], i);
	dup2(control, CONTROL_FD);
	fcntl(TAPE_FD, F_SETFD, 0);
	for (int i = 0; i < inherit; i++)
		dup2(INHERIT_FD + i, TAPE_FD + 1 + i);
	syscall(SYS_close_range, first, player - 1, 0);
	syscall(SYS_close_range, player + 1, ~0u, 0);
	for (int signo = 1; signo < 32; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, player, "", argv, envp, AT_EMPTY_PATH);
	player_errno = errno;
	_exit(127);
}

static int make_pipe(int end[2], int ours)
{
	return pipe2(end, O_CLOEXEC) < 0 || fcntl(end[ours], F_SETFL, O_NONBLOCK) < 0 ? -1 : 0;
}

/* Forks the player with its stdio; it waits. With a terminal, stdio is /dev/null until the container has its pty. */
int spawn_player(void)
{
	int control[2], in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return -1;
	if (!config.tty && (make_pipe(out, 0) < 0 || make_pipe(err, 0) < 0))
		return -1;
	if (!config.tty && config.stdin_open && make_pipe(in, 1) < 0)
		return -1;
	const int stdio[3] = { in[0] < 0 ? null : in[0], out[1] < 0 ? null : out[1], err[1] < 0 ? null : err[1] };
	pid_t pid = vfork();
	if (pid == 0)
		become_player(stdio, control[1]);
	if (pid < 0)
		return -1;
	player_pid = pid;
	player_socket = control[0];
	stdin_fd = in[1];
	outputs[0].fd = out[0];
	outputs[1].fd = err[0];
	/* All that was the player's: nothing of it may stay open here, or its ends would never be seen. */
	close(control[1]);
	close(null);
	for (int i = 0; i < 3; i++)
		if (stdio[i] != null)
			close(stdio[i]);
	syscall(SYS_close_range, TAPE_FD, INHERIT_FD + (int)config.inherit - 1, 0);
	errno = player_errno;
	return errno ? -1 : 0;
}

/* The tape is whole. */
void release_player(void)
{
	terminal_resize((uint32_t)config.rows, (uint32_t)config.cols);
	if (send(player_socket, "", 1, MSG_NOSIGNAL) < 0 && errno != EPIPE)
		fail_errno("release the player");
}

/* One that was not released has done nothing. */
void end_player(void)
{
	if (player_pid <= 0)
		return;
	kill(player_pid, SIGKILL);
	waitpid(player_pid, NULL, 0);
}
