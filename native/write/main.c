/*
 * tsgov-write FILE VALUE [AFTER]: one write to an interface file, by a process of its own, because only killing the writer makes the
 * kernel give up a write that it blocks in. AFTER is written once VALUE was taken: whoever started this may be gone by then.
 * Exit code: 0, or the errno of what was refused; 255 wrong arguments.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WRONG_ARGUMENTS 255

/* Never O_CREAT or O_TRUNC: cgroup filesystems refuse them. No bytes would not reach the file: nothing is a newline. */
static int put(const char *path, const char *value)
{
	size_t length = strlen(value);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ssize_t written = length == 0 ? write(fd, "\n", 1) : write(fd, value, length);
	int failed = written < 0 ? errno : 0;
	close(fd);
	return failed;
}

int main(int argc, char **argv)
{
	if (argc != 3 && argc != 4)
		return WRONG_ARGUMENTS;
	syscall(SYS_close_range, 3, ~0u, 0);
	int failed = put(argv[1], argv[2]);
	return failed == 0 && argc == 4 ? put(argv[1], argv[3]) : failed;
}
