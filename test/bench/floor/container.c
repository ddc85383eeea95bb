#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "floor.h"

#define NSNODEV (MS_NOSUID | MS_NOEXEC | MS_NODEV)

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

void run_container(const char *rootfs)
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
