/*
 * storm GROUPS MESSAGES: what hackbench does. In each group ten processes send so many messages of 100 bytes to each of ten that receive, over socket
 * pairs. Prints CPU time of them all, and time, in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIDE = 10, BYTES = 100 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void receive(int fd, long messages)
{
	char data[BYTES];

	for (long left = messages * BYTES; left > 0;) {
		ssize_t got = read(fd, data, sizeof(data));
		if (got <= 0)
			die("read");
		left -= got;
	}
}

static void send_all(int (*pairs)[2], long messages)
{
	char data[BYTES];

	memset(data, 'x', sizeof(data));
	for (long turn = 0; turn < messages; turn++)
		for (int to = 0; to < SIDE; to++)
			if (write(pairs[to][1], data, sizeof(data)) != sizeof(data))
				die("write");
}

static void start_group(long messages)
{
	int pairs[SIDE][2];

	for (int to = 0; to < SIDE; to++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[to]) != 0)
			die("socketpair");
	for (int each = 0; each < 2 * SIDE; each++) {
		pid_t pid = fork();
		if (pid < 0)
			die("fork");
		if (pid == 0) {
			if (each < SIDE)
				receive(pairs[each][0], messages * SIDE);
			else
				send_all(pairs, messages);
			_exit(0);
		}
	}
	for (int to = 0; to < SIDE; to++) {
		close(pairs[to][0]);
		close(pairs[to][1]);
	}
}

static long long usec(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

int main(int argc, char **argv)
{
	int groups = argc > 1 ? atoi(argv[1]) : 5;
	long messages = argc > 2 ? atol(argv[2]) : 200;
	struct timespec began, ended;
	struct rusage used;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int group = 0; group < groups; group++)
		start_group(messages);
	for (int each = 0; each < groups * 2 * SIDE; each++)
		if (wait(&status) < 0 || status != 0)
			die("wait");
	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (getrusage(RUSAGE_CHILDREN, &used) != 0)
		die("getrusage");
	printf("%lld %lld\n", usec(used.ru_utime) + usec(used.ru_stime),
	       (ended.tv_sec - began.tv_sec) * 1000000LL + (ended.tv_nsec - began.tv_nsec) / 1000);
	return 0;
}
