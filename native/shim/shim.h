/* The monitor of one container (or of one exec): see docs/architecture.md "Shim" and protocol.ts. */
#ifndef TSGOV_SHIM_H
#define TSGOV_SHIM_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.gen.h"

/* What the starter puts at fixed numbers; see docs/architecture.md "Shim". */
enum { CONTROL_FD = 3, TAPE_FD = 4, PLAYER_FD = 5, INHERIT_FD = 6 };

enum {
	CHUNK = 32 * 1024,           /* one read of output, the largest output frame */
	LOG_TEXT_MAX = 16 * 1024,    /* text of one log line (CRI) */
	MAX_CLIENTS = 64,            /* besides the starter */
	BACKLOG = 1024,
	MAX_PENDING = 4 << 20,       /* bytes queued for a client that does not read */
	MAX_PAYLOAD = 1 << 20,       /* largest frame a client may send */
	MAX_TEXT = 512,              /* the player's error text */
	FLUSH_MSEC = 2000,           /* how long clients get to take what is left after the end */
	NO_OP = 0xffffffff,          /* `failed` of the shim itself, not of an op */
};

struct config {
	const char *id, *state, *log, *oom_file, *oom_key;
	uint64_t log_max_bytes;
	uint64_t log_max_files, tty, stdin_open, hold, attach, listen, inherit, rows, cols;
};

/* What is known about the end, and goes into the `exit` file and frame. */
struct outcome {
	uint32_t exit_code, signal, oom_killed, started;
	uint64_t started_at, finished_at;
	int failed;
	uint32_t op, errnum, value;
	char text[MAX_TEXT + 1];
};

extern struct config config;
extern struct outcome outcome;
extern uint8_t scratch[CHUNK]; /* shared by everything that moves bytes; nobody keeps data in it between calls */

/* args.c */
int parse_args(char **args, const char **culprit);
int parse_words(const char *word, const char *end, const char **culprit);

/* record.c: small files and text */
struct text {
	char *at, *end;
};
void put_str(struct text *t, const char *s);
void put_num(struct text *t, uint64_t n);
uint64_t read_start_time(pid_t pid);
int write_pid_file(pid_t init, uint64_t start_time);
int write_exit_file(void);
uint64_t realtime_nsec(void);
uint64_t monotonic_msec(void);
void oom_open(void);
void oom_read(void);

/* log.c */
extern uint64_t log_lost;
extern int log_errno;
int log_open(void);
int log_mark_loss(void);
void log_write(uint32_t frame, const uint8_t *bytes, size_t n);

/* clients.c */
struct pollfd;
void clients_init(void);
void clients_start(void);
void clients_greet(void);
void clients_accept(int listener);
unsigned clients_poll(struct pollfd *set);
void clients_serve(const struct pollfd *set, unsigned n);
void clients_broadcast(uint32_t frame, const void *payload, uint32_t n);
void clients_log_loss(void);
void clients_output(uint32_t frame, const uint8_t *bytes, uint32_t n);
int clients_block(uint32_t frame);
int clients_wait_for_stdin(void);
void clients_stdin_ready(void);
void clients_flush(int timeout_msec);

/* player.c: the process that plays the tape and, mostly, becomes init */
extern int player_socket;
extern pid_t player_pid;
int spawn_player(void);
void release_player(void);
void end_player(void);

/* stdio.c: what init reads and writes */
struct output {
	int fd; /* -1: closed or not there (yet) */
	uint32_t frame;
	int quiet; /* a pty without any open slave: EIO until somebody opens one */
};
extern struct output outputs[2]; /* stdout (or the pty), stderr */
extern int stdin_fd;
void take_pty(int master);
int output_readable(struct output *o, size_t limit);
void drain_outputs(void);
ssize_t stdin_write(const uint8_t *bytes, size_t n);
void stdin_close(void);
void terminal_resize(uint32_t rows, uint32_t cols);

/* container.c: from the player's word to init's end */
extern uint32_t phase;
extern pid_t init_pid;
void player_readable(void);
void reap(void);
int container_ended(void);
void gate_open(void);
void signal_init(uint32_t signo);
void fail(uint32_t op, uint32_t errnum, uint32_t value, const char *text, size_t n);
void fail_errno(const char *what);

#endif
