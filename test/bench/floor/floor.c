/*
 * floor ROOTFS NAME: for each line on stdin one container's worth of system calls and nothing else, in this one process: cgroups
 * in every hierarchy with limits, six namespaces, the default mounts, device nodes, masked paths, pivot_root, capabilities,
 * no_new_privs, exec of /true, wait, removal. Answers "<ns start to exit> <ns with removal>". No seccomp, no log, no record: the
 * least any runtime must pay on this kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "floor.h"

void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static pid_t clone_into_cgroup(void)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET, .exit_signal = SIGCHLD,
	};

	for (int i = 0; i < hierarchy_count; i++) {
		if (!hierarchies[i].v2)
			continue;
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = hierarchies[i].fd;
	}
	return syscall(SYS_clone3, &args, sizeof args);
}

int main(int argc, char **argv)
{
	char line[16];

	if (argc != 3) {
		fprintf(stderr, "usage: floor ROOTFS NAME\n");
		return 2;
	}
	find_hierarchies(argv[2]);
	while (fgets(line, sizeof line, stdin)) {
		long long began = now(), exited;
		int status;
		pid_t pid;

		make_cgroups();
		MUST(pid = clone_into_cgroup());
		if (pid == 0)
			run_container(argv[1]);
		MUST(waitpid(pid, &status, 0));
		exited = now();
		drop_cgroups();
		if (status != 0) {
			fprintf(stderr, "floor: the container ended with wait status %#x\n", status);
			return 1;
		}
		printf("%lld %lld\n", exited - began, now() - began);
		fflush(stdout);
	}
	return 0;
}
