#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "floor.h"

struct hierarchy hierarchies[MAX_HIERARCHIES];
int hierarchy_count;

void find_hierarchies(const char *name)
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

void make_cgroups(void)
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

void drop_cgroups(void)
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
