/*
 * client SOCKET BODY: for each line on stdin one container through the agent's API, over one connection: create and start with BODY, wait,
 * remove. Answers "<ns to the exit code> <ns with removal> <exit code>". In C so that no caller's own cost is charged to the agent,
 * as drive.c does for commands.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char answer[65536];
static int agent;

static void die(const char *what)
{
	fprintf(stderr, "client: %s: %s\n%s\n", what, strerror(errno), answer);
	exit(1);
}

static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Where the answer's body begins once all of it is there; the agent says how long it is. */
static char *whole(void)
{
	char *body = strstr(answer, "\r\n\r\n"), *length = strcasestr(answer, "\ncontent-length:");
	if (!body)
		return NULL;
	body += 4;
	return !length || length > body || strlen(body) >= strtoul(length + 16, NULL, 10) ? body : NULL;
}

/* Sends a request and answers the body of what comes back, which must be a success. */
static char *call(const char *method, const char *path, const char *payload)
{
	char request[8192], *body;
	size_t have = 0;
	int length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nhost: tsgov\r\ncontent-length: %zu\r\n%s\r\n%s", method, path,
			      strlen(payload), *payload ? "content-type: application/json\r\n" : "", payload);

	if (length >= (int)sizeof request || write(agent, request, length) != length)
		die("request");
	do {
		ssize_t n = read(agent, answer + have, sizeof answer - 1 - have);
		if (n <= 0)
			die("answer");
		have += n;
		answer[have] = 0;
	} while (!(body = whole()));
	if (strncmp(answer, "HTTP/1.1 2", 10))
		die(path);
	return body;
}

/* The value of a field of a flat JSON object. */
static char *field(char *body, const char *name)
{
	char *at = strstr(body, name);
	if (!at)
		die(name);
	return at + strlen(name);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char line[32], id[65], path[128];

	if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[1]);
	agent = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (agent < 0 || connect(agent, (struct sockaddr *)&address, sizeof address))
		die(argv[1]);
	while (fgets(line, sizeof line, stdin)) {
		long long began = now(), exited;
		snprintf(id, sizeof id, "%s", field(call("POST", "/v1/containers?start=true", argv[2]), "\"id\":\""));
		snprintf(path, sizeof path, "/v1/containers/%s/wait", id);
		int code = atoi(field(call("POST", path, ""), "\"exitCode\":"));
		exited = now();
		snprintf(path, sizeof path, "/v1/containers/%s", id);
		call("DELETE", path, "");
		printf("%lld %lld %d\n", exited - began, now() - began, code);
		fflush(stdout);
	}
	return 0;
}
