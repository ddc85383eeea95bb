/*
 * drive COMMAND [ARG...] [-- COMMAND [ARG...]]...
 * Runs one of its commands for each line on stdin (the command's number, from 0) and answers "<nanoseconds> <exit code>".
 * Timed is posix_spawn (vfork) to the end of waitpid, so that no caller's own spawn cost is charged to the command.
 * The command's stdin and stdout are /dev/null; stderr is ours.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	char **commands[16];
	int count = 0;
	char line[32];
	posix_spawn_file_actions_t actions;

	commands[count++] = argv + 1;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--"))
			continue;
		if (count == 16)
			return 2;
		argv[i] = NULL;
		commands[count++] = argv + i + 1;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	while (fgets(line, sizeof line, stdin)) {
		int which = atoi(line), status;
		pid_t pid;
		long long began = now();

		if (which < 0 || which >= count || posix_spawnp(&pid, commands[which][0], &actions, NULL, commands[which], environ)) {
			perror("posix_spawn");
			return 1;
		}
		if (waitpid(pid, &status, 0) != pid)
			return 1;
		printf("%lld %d\n", now() - began, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
		fflush(stdout);
	}
	return 0;
}
