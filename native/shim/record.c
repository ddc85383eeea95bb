#include "shim.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct outcome outcome;

void put_str(struct text *t, const char *s)
{
	while (*s && t->at < t->end)
		*t->at++ = *s++;
}

void put_num(struct text *t, uint64_t n)
{
	char digits[21], *d = digits + 20;
	*d = 0;
	do
		*--d = '0' + n % 10;
	while (n /= 10);
	put_str(t, d);
}

/* JSON string contents; bytes above ASCII pass as they are, the reader decodes them. */
static void put_json(struct text *t, const char *s)
{
	static const char hex[] = "0123456789abcdef";
	for (; *s; s++) {
		char c = *s, esc[7] = { '\\', c, 0 };
		if ((unsigned char)c < 0x20 || c == 0x7f)
			memcpy(esc, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], 0 }, 7);
		else if (c != '"' && c != '\\')
			memmove(esc, esc + 1, 2);
		put_str(t, esc);
	}
}

static void put_field(struct text *t, const char *name, uint64_t n)
{
	put_str(t, name);
	put_num(t, n);
}

uint64_t realtime_nsec(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t monotonic_msec(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000u + (uint64_t)ts.tv_nsec / 1000000u;
}

/* Written whole under another name, then renamed: a reader sees all of it or nothing. */
static int replace_file(const char *name, const char *temporary, const char *bytes, size_t n)
{
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	ssize_t done = write(fd, bytes, n);
	int failed = done != (ssize_t)n;
	if (failed && done >= 0)
		errno = ENOSPC;
	if (close(fd) < 0 || failed || rename(temporary, name) < 0) {
		int e = errno;
		unlink(temporary);
		errno = e;
		return -1;
	}
	return 0;
}

/* Field 22 of proc_pid_stat(5), counted after the last `)`, because the command may hold anything; 0 if the process is gone. */
uint64_t read_start_time(pid_t pid)
{
	char buf[1024], path[32];
	struct text t = { path, path + sizeof path - 1 };
	put_str(&t, "/proc/");
	put_num(&t, (uint64_t)pid);
	put_str(&t, "/stat");
	*t.at = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, buf, sizeof buf - 1);
	close(fd);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	char *at = strrchr(buf, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	uint64_t ticks = 0;
	for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
		ticks = ticks * 10 + (uint64_t)(*at - '0');
	return ticks;
}

int write_pid_file(pid_t init, uint64_t start_time)
{
	char buf[80];
	struct text t = { buf, buf + sizeof buf };
	put_num(&t, (uint64_t)init);
	put_field(&t, " ", start_time);
	put_field(&t, " ", (uint64_t)getpid());
	put_str(&t, "\n");
	return replace_file("pid", "pid.tmp", buf, (size_t)(t.at - buf));
}

/* Nanoseconds are JSON strings: they do not fit a double. */
int write_exit_file(void)
{
	char buf[512 + 6 * MAX_TEXT];
	struct text t = { buf, buf + sizeof buf };
	put_field(&t, "{\"exitCode\":", outcome.exit_code);
	put_field(&t, ",\"signal\":", outcome.signal);
	put_str(&t, outcome.oom_killed ? ",\"oomKilled\":true" : ",\"oomKilled\":false");
	put_str(&t, outcome.started ? ",\"started\":true" : ",\"started\":false");
	put_field(&t, ",\"startedAtNsec\":\"", outcome.started_at);
	put_field(&t, "\",\"finishedAtNsec\":\"", outcome.finished_at);
	put_str(&t, "\"");
	if (outcome.failed) {
		put_field(&t, ",\"failed\":{\"op\":", outcome.op);
		put_field(&t, ",\"errno\":", outcome.errnum);
		put_field(&t, ",\"value\":", outcome.value);
		put_str(&t, ",\"text\":\"");
		put_json(&t, outcome.text);
		put_str(&t, "\"}");
	}
	put_str(&t, "}\n");
	return replace_file("exit", "exit.tmp", buf, (size_t)(t.at - buf));
}

static int oom_fd = -1;
static uint64_t oom_before;

/* The value of `oomKey` in the flat-keyed `oomFile`; the descriptor outlives a rename of the cgroup, not its removal. */
static uint64_t oom_count(void)
{
	char buf[1024];
	ssize_t n = oom_fd < 0 ? -1 : pread(oom_fd, buf, sizeof buf - 1, 0);
	size_t key = strlen(config.oom_key);
	if (n <= 0)
		return 0;
	buf[n] = 0;
	for (char *line = buf; line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (strncmp(line, config.oom_key, key) || line[key] != ' ')
			continue;
		uint64_t count = 0;
		for (char *c = line + key + 1; *c >= '0' && *c <= '9'; c++)
			count = count * 10 + (uint64_t)(*c - '0');
		return count;
	}
	return 0;
}

/* Opened before init exists, so that whatever happens to the path later, this file is the one. */
void oom_open(void)
{
	if (!config.oom_file || !*config.oom_file || !config.oom_key)
		return;
	oom_fd = open(config.oom_file, O_RDONLY | O_CLOEXEC);
	if (oom_fd >= 0)
		oom_before = oom_count();
	else
		fail(NO_OP, (uint32_t)errno, 0, "open oomFile", 12);
}

void oom_read(void)
{
	if (oom_fd >= 0)
		outcome.oom_killed = oom_count() > oom_before;
}
