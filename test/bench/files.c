// The floor of a tick: reads interface files by fds it holds open. Started with a list of `GROUP PATH` lines on stdin, ended by an empty
// one; answers `FILES BYTES`. Then each line is a group: reads its files and those of group *, answers `NANOSECONDS FILES BYTES`, of CPU time.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MAX_FILES (1 << 18)

static struct { int fd; char group; } files[MAX_FILES];
static char buffer[1 << 18];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
    char line[8192];
    int count = 0;
    while (fgets(line, sizeof line, stdin) != NULL && line[0] != '\n') {
        line[strcspn(line, "\n")] = 0;
        if (count == MAX_FILES) { fprintf(stderr, "more than %d files\n", MAX_FILES); return 1; }
        files[count].group = line[0];
        files[count].fd = open(line + 2, O_RDONLY | O_CLOEXEC);
        if (files[count].fd < 0) fail(line + 2);
        count++;
    }
    printf("%d\n", count);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct timespec began, ended;
        long bytes = 0, read = 0;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
        for (int i = 0; i < count; i++) {
            if (files[i].group != '*' && files[i].group != line[0]) continue;
            ssize_t got = pread(files[i].fd, buffer, sizeof buffer, 0);
            if (got < 0) fail("pread");
            bytes += got;
            read++;
        }
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
        printf("%ld %ld %ld\n", (ended.tv_sec - began.tv_sec) * 1000000000L + ended.tv_nsec - began.tv_nsec, read, bytes);
        fflush(stdout);
    }
    return 0;
}
