/*
 * floor ROOTFS NAME: for each line on stdin one container's worth of system calls and nothing else, in this one process: cgroups
 * in every hierarchy with limits, six namespaces, the default mounts, device nodes, masked paths, pivot_root, capabilities,
 * no_new_privs, exec of /true, wait, removal. Answers "<ns start to exit> <ns with removal>". No seccomp, no log, no record: the
 * least any runtime must pay on this kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_HIERARCHIES 16
#define NSNODEV (MS_NOSUID | MS_NOEXEC | MS_NODEV)

static struct hierarchy {
	char mount[256];
	char dir[512];
	char options[256];
	int v2;
	/* What the child joins by: v1 tasks to write to, the v2 directory to be cloned into. */
	int fd;
} hierarchies[MAX_HIERARCHIES];
static int hierarchy_count;

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

#define MUST(call) do { if ((call) < 0) die(#call); } while (0)

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void find_hierarchies(const char *name)
{
	char line[1024], mount[256], type[32], options[256];
	FILE *file = fopen("/proc/self/mounts", "re");

	if (!file)
		die("/proc/self/mounts");
	while (fgets(line, sizeof line, file) && hierarchy_count < MAX_HIERARCHIES) {
		struct hierarchy *h = &hierarchies[hierarchy_count];

		if (sscanf(line, "%*s %255s %31s %255s", mount, type, options) != 3)
			continue;
		h->v2 = !strcmp(type, "cgroup2");
		if (!h->v2 && (strcmp(type, "cgroup") || strstr(options, "name=")))
			continue;
		snprintf(h->mount, sizeof h->mount, "%s", mount);
		snprintf(h->dir, sizeof h->dir, "%s/%s", mount, name);
		snprintf(h->options, sizeof h->options, "%s", options);
		hierarchy_count++;
	}
	fclose(file);
}

/* Whether a v1 hierarchy carries the controller, by its mount options. */
static int carries(const struct hierarchy *h, const char *controller)
{
	size_t length = strlen(controller);

	for (const char *at = h->options; !h->v2 && (at = strstr(at, controller)); at += length)
		if ((at == h->options || at[-1] == ',') && (at[length] == ',' || !at[length]))
			return 1;
	return 0;
}

/* write(2) of one value to dir/file; 0 when there is no such file (another hierarchy carries it). */
static int put(const char *dir, const char *file, const char *value)
{
	char path[1024];
	int fd;

	snprintf(path, sizeof path, "%s/%s", dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
	return 1;
}

static void copy(const char *from, const char *to, const char *file)
{
	char path[1024], value[256];
	int fd, length;

	snprintf(path, sizeof path, "%s/%s", from, file);
	MUST(fd = open(path, O_RDONLY | O_CLOEXEC));
	MUST(length = read(fd, value, sizeof value - 1));
	value[length] = 0;
	close(fd);
	MUST(put(to, file, value));
}

static const char *const device_rules[][2] = {
	{"devices.deny", "a"},          {"devices.allow", "c *:* m"},   {"devices.allow", "b *:* m"},   {"devices.allow", "c 1:3 rwm"},
	{"devices.allow", "c 1:5 rwm"}, {"devices.allow", "c 1:7 rwm"}, {"devices.allow", "c 1:8 rwm"}, {"devices.allow", "c 1:9 rwm"},
	{"devices.allow", "c 5:0 rwm"}, {"devices.allow", "c 5:2 rwm"}, {"devices.allow", "c 136:* rwm"},
};

static void make_cgroups(void)
{
	for (int i = 0; i < hierarchy_count; i++) {
		struct hierarchy *h = &hierarchies[i];
		char path[1024];

		MUST(mkdir(h->dir, 0755));
		if (carries(h, "cpuset")) {
			copy(h->mount, h->dir, "cpuset.cpus");
			copy(h->mount, h->dir, "cpuset.mems");
		}
		if (h->v2) {
			MUST(put(h->dir, "cpu.max", "100000 100000"));
			MUST(put(h->dir, "memory.max", "268435456"));
			MUST(put(h->dir, "pids.max", "256"));
		}
		if (carries(h, "cpu")) {
			MUST(put(h->dir, "cpu.cfs_period_us", "100000"));
			MUST(put(h->dir, "cpu.cfs_quota_us", "100000"));
		}
		if (carries(h, "memory"))
			MUST(put(h->dir, "memory.limit_in_bytes", "268435456"));
		if (carries(h, "pids"))
			MUST(put(h->dir, "pids.max", "256"));
		if (carries(h, "devices"))
			for (unsigned rule = 0; rule < sizeof device_rules / sizeof *device_rules; rule++)
				MUST(put(h->dir, device_rules[rule][0], device_rules[rule][1]));
		if (h->v2) {
			MUST(h->fd = open(h->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
			continue;
		}
		/* Not cgroup.procs: that locks all thread groups of the node, which waits for an RCU grace period. */
		snprintf(path, sizeof path, "%s/tasks", h->dir);
		MUST(h->fd = open(path, O_WRONLY | O_CLOEXEC));
	}
}

static void drop_cgroups(void)
{
	for (int i = 0; i < hierarchy_count; i++) {
		close(hierarchies[i].fd);
		for (int tries = 0; rmdir(hierarchies[i].dir) < 0; tries++) {
			if (errno != EBUSY || tries == 1000)
				die(hierarchies[i].dir);
			usleep(100);
		}
	}
}

static void attach(const char *type, const char *target, unsigned long flags, const char *data)
{
	MUST(mkdir(target, 0755) < 0 && errno != EEXIST ? -1 : 0);
	if (mount(type, target, type, flags, data) < 0)
		die(target);
}

static void make_devices(void)
{
	static const struct { const char *path; int major, minor; } nodes[] = {
		{"dev/null", 1, 3}, {"dev/zero", 1, 5}, {"dev/full", 1, 7}, {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
	};
	static const char *const links[][2] = {
		{"/proc/self/fd", "dev/fd"}, {"/proc/self/fd/0", "dev/stdin"}, {"/proc/self/fd/1", "dev/stdout"},
		{"/proc/self/fd/2", "dev/stderr"}, {"pts/ptmx", "dev/ptmx"}, {"/proc/kcore", "dev/core"},
	};

	for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++)
		MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	for (unsigned i = 0; i < sizeof links / sizeof *links; i++)
		MUST(symlink(links[i][0], links[i][1]));
}

static void hide_paths(void)
{
	static const char *const masked[] = {
		"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
		"/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
	};
	static const char *const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

	for (unsigned i = 0; i < sizeof masked / sizeof *masked; i++)
		if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) < 0 && errno == ENOTDIR)
			MUST(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0"));
	for (unsigned i = 0; i < sizeof readonly / sizeof *readonly; i++)
		if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) == 0)
			MUST(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | NSNODEV, NULL));
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd;

	MUST(fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	MUST(ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

static void child(const char *rootfs)
{
	char *const args[] = {"/true", NULL}, *const env[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	int pipe_fd;

	for (int i = 0; i < hierarchy_count; i++)
		if (!hierarchies[i].v2)
			MUST(write(hierarchies[i].fd, "0", 1));
	MUST(unshare(CLONE_NEWCGROUP));
	MUST(setsid());
	MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
	MUST(chdir(rootfs));
	attach("proc", "proc", NSNODEV, NULL);
	attach("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	attach("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
	attach("sysfs", "sys", NSNODEV | MS_RDONLY, NULL);
	attach("tmpfs", "sys/fs/cgroup", NSNODEV, "mode=755");
	for (int i = 0; i < hierarchy_count; i++) {
		char target[300];

		snprintf(target, sizeof target, "sys/fs/cgroup/%d", i);
		MUST(mkdir(target, 0755));
		MUST(mount(hierarchies[i].dir, target, NULL, MS_BIND, NULL));
	}
	attach("mqueue", "dev/mqueue", NSNODEV, NULL);
	attach("tmpfs", "dev/shm", NSNODEV, "mode=1777,size=65536k");
	make_devices();
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
	hide_paths();
	MUST(sethostname("floor", 5));
	loopback_up();
	for (int cap = 0; cap < 41; cap++)
		if (cap > 10)
			MUST(prctl(PR_CAPBSET_DROP, cap));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(pipe_fd = open("/dev/null", O_RDWR));
	MUST(dup2(pipe_fd, 0));
	MUST(dup2(pipe_fd, 1));
	execve("/true", args, env);
	die("execve /true");
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
			child(argv[1]);
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
