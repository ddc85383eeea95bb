#include "shim.h"

#include <fcntl.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/*
 * CRI log lines: `<RFC3339 nanoseconds> stdout|stderr F|P <text>`. `P` means the text goes on in the next line of that stream: what one
 * read ended without a newline, or what is longer than LOG_TEXT_MAX, so that nothing is held back or lost.
 */

uint64_t log_lost;
int log_errno;

enum { BATCH = 64, HEADER_MAX = 64, NAME_MAX_BYTES = 256, MARKER_MAX = 256 };

static int log_fd = -1, log_dir = -1;
static const char *log_name;
static uint64_t log_size, log_marked;
static int log_rotates;

static int open_file(int flags)
{
	struct stat st;
	int fd = openat(log_dir, log_name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | flags, 0640);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0) {
		close(fd);
		return -1;
	}
	if (log_fd >= 0)
		close(log_fd);
	log_fd = fd;
	log_size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	log_rotates = S_ISREG(st.st_mode) && config.log_max_bytes;
	return 0;
}

/* The directory is held open: rotation works by name in it, wherever it is moved. */
int log_open(void)
{
	if (!config.log || !*config.log)
		return 0;
	const char *slash = strrchr(config.log, '/');
	char dir[4096];
	size_t n = (size_t)(slash - config.log);
	log_name = slash + 1;
	if (n >= sizeof dir || strlen(log_name) > NAME_MAX_BYTES - 8) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(dir, config.log, n);
	strcpy(dir + n, n ? "" : "/");
	log_dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return log_dir < 0 ? -1 : open_file(0);
}

static void numbered(char *out, uint64_t i)
{
	struct text t = { out, out + NAME_MAX_BYTES + 15 };
	put_str(&t, log_name);
	if (i) {
		put_str(&t, ".");
		put_num(&t, i);
	}
	*t.at = 0;
}

/* log.(n-2) → log.(n-1) … log → log.1, then a new log. If that one cannot be made, the old one goes on under its old name. */
static int rotate(void)
{
	char from[NAME_MAX_BYTES + 16], to[NAME_MAX_BYTES + 16];
	if (config.log_max_files == 1) {
		if (ftruncate(log_fd, 0) < 0)
			return -1;
		log_size = 0;
		return 0;
	}
	for (uint64_t i = config.log_max_files - 1; i > 0; i--) {
		numbered(from, i - 1);
		numbered(to, i);
		if (renameat(log_dir, from, log_dir, to) < 0 && errno != ENOENT)
			return -1;
	}
	if (open_file(O_EXCL) == 0)
		return 0;
	int e = errno;
	numbered(from, 1);
	renameat(log_dir, from, log_dir, log_name);
	errno = e;
	return -1;
}

/* gmtime_r(3) would read the time zone's files; days to a date after Howard Hinnant's civil_from_days. */
static void stamp(struct text *t, uint64_t nsec)
{
	uint64_t sec = nsec / 1000000000u, day = sec / 86400, z = day + 719468;
	uint64_t era = z / 146097, doe = z - era * 146097;
	uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	uint64_t month = mp < 10 ? mp + 3 : mp - 9;
	const struct {
		uint64_t n;
		int width;
		const char *after;
	} parts[] = {
		{ yoe + era * 400 + (month <= 2), 4, "-" }, { month, 2, "-" },	  { doy - (153 * mp + 2) / 5 + 1, 2, "T" },
		{ sec / 3600 % 24, 2, ":" },		    { sec / 60 % 60, 2, ":" }, { sec % 60, 2, "." },
		{ nsec % 1000000000u, 9, "Z " },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		uint64_t scale = 1;
		for (int w = 1; w < parts[i].width; w++, scale *= 10)
			if (parts[i].n < scale * 10)
				put_str(t, "0");
		put_num(t, parts[i].n);
		put_str(t, parts[i].after);
	}
}

struct batch {
	struct iovec iov[BATCH * 3];
	int records;
	size_t bytes;
};

/* Whether a record stands for a line with its newline. */
static int is_full(const struct iovec *header)
{
	return ((const char *)header->iov_base)[header->iov_len - 2] == 'F';
}

/* What the file could not take is counted and reported, and never ends in half a line. */
static void flush_batch(struct batch *b)
{
	if (!b->records)
		return;
	ssize_t n = writev(log_fd, b->iov, b->records * 3);
	size_t whole = 0;
	int i = 0;
	for (; n > 0 && i < b->records; i++) {
		size_t size = b->iov[3 * i].iov_len + b->iov[3 * i + 1].iov_len + 1;
		if (whole + size > (size_t)n)
			break;
		whole += size;
	}
	if (i < b->records) {
		log_errno = n < 0 ? errno : ENOSPC;
		if (n > 0 && (size_t)n > whole && ftruncate(log_fd, (off_t)(log_size + whole)) < 0)
			whole = (size_t)n;
		for (; i < b->records; i++)
			log_lost += b->iov[3 * i + 1].iov_len + is_full(&b->iov[3 * i]);
	}
	log_size += whole;
	b->records = 0;
	b->bytes = 0;
}

static void make_room(size_t size)
{
	if (log_rotates && log_size && log_size + size > config.log_max_bytes && rotate() < 0)
		log_errno = errno;
}

/*
 * Where output is missing the log says so, in a line of its own, before anything else is written. 0: even that does not fit yet.
 * Also called at the end, for what was lost last.
 */
int log_mark_loss(void)
{
	char line[MARKER_MAX];
	struct text t = { line, line + sizeof line };
	if (log_fd < 0 || log_lost == log_marked)
		return 1;
	const char *name = strerrorname_np(log_errno);
	stamp(&t, realtime_nsec());
	put_str(&t, "stderr F tsgov: ");
	put_num(&t, log_lost - log_marked);
	put_str(&t, " bytes of output are missing here, the log could not be written: ");
	put_str(&t, name ? name : "unknown error");
	put_str(&t, "\n");
	size_t size = (size_t)(t.at - line);
	make_room(size);
	ssize_t n = write(log_fd, line, size);
	if (n == (ssize_t)size || (n > 0 && ftruncate(log_fd, (off_t)log_size) < 0)) {
		log_size += (size_t)n;
		log_marked = log_lost;
		return 1;
	}
	return 0;
}

void log_write(uint32_t frame, const uint8_t *bytes, size_t n)
{
	struct batch b = { .records = 0 };
	char header[2][HEADER_MAX];
	if (log_fd < 0)
		return;
	struct text t = { header[0], header[0] + HEADER_MAX };
	stamp(&t, realtime_nsec());
	put_str(&t, frame == SHIM_FRAME_STDERR ? "stderr F " : "stdout F ");
	size_t length = (size_t)(t.at - header[0]);
	memcpy(header[1], header[0], length);
	header[1][length - 2] = 'P';
	while (n) {
		if (!b.records && !log_mark_loss()) {
			log_lost += n;
			return;
		}
		size_t text = n < LOG_TEXT_MAX ? n : LOG_TEXT_MAX;
		const uint8_t *newline = memchr(bytes, '\n', text < n ? text + 1 : text);
		if (newline)
			text = (size_t)(newline - bytes);
		size_t size = length + text + 1;
		if (log_rotates && log_size + b.bytes > 0 && log_size + b.bytes + size > config.log_max_bytes) {
			flush_batch(&b);
			make_room(size);
		}
		struct iovec *iov = b.iov + 3 * b.records++;
		iov[0] = (struct iovec){ header[!newline], length };
		iov[1] = (struct iovec){ (void *)bytes, text };
		iov[2] = (struct iovec){ "\n", 1 };
		b.bytes += size;
		if (b.records == BATCH)
			flush_batch(&b);
		text += newline != NULL;
		bytes += text;
		n -= text;
	}
	flush_batch(&b);
}
