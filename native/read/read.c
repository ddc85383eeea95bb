/*
 * tsgov-read.so: reads many small files in one call. A tick reads ten thousand, and a call of its own from JavaScript costs as much as a third of
 * what the kernel needs for each. No library is named: pread and errno are those of the C library that Node itself runs with.
 */
#include <errno.h>
#include <unistd.h>

/*
 * Reads fds[from] to fds[to - 1] from their beginning into buffer, one behind the other from `at` on; lengths[i] is how many bytes of fds[i],
 * or -errno. Answers where they end; size: there was no room for all, and what is at the end may be cut off.
 */
int tsgov_read(const int *fds, int from, int to, char *buffer, int size, int at, int *lengths);

int tsgov_read(const int *fds, int from, int to, char *buffer, int size, int at, int *lengths)
{
	for (int i = from; i < to; i++) {
		ssize_t got = pread(fds[i], buffer + at, size - at, 0);

		lengths[i] = got < 0 ? -errno : (int)got;
		at += got < 0 ? 0 : (int)got;
	}
	return at;
}
