#include <string.h>

#include "shim.h"

struct config config = { .log_max_files = 1 };

enum kind { STRING, NUMBER };

static const struct arg {
	const char *key;
	enum kind kind;
	size_t offset;
	uint64_t max;
} table[] = {
	{ "id", STRING, offsetof(struct config, id), 0 },
	{ "state", STRING, offsetof(struct config, state), 0 },
	{ "log", STRING, offsetof(struct config, log), 0 },
	{ "logMaxBytes", NUMBER, offsetof(struct config, log_max_bytes), INT64_MAX },
	{ "logMaxFiles", NUMBER, offsetof(struct config, log_max_files), 1000 },
	{ "tty", NUMBER, offsetof(struct config, tty), 1 },
	{ "stdin", NUMBER, offsetof(struct config, stdin_open), 1 },
	{ "hold", NUMBER, offsetof(struct config, hold), 1 },
	{ "attach", NUMBER, offsetof(struct config, attach), 7 },
	{ "listen", NUMBER, offsetof(struct config, listen), 1 },
	{ "inherit", NUMBER, offsetof(struct config, inherit), 32 },
	{ "oomFile", STRING, offsetof(struct config, oom_file), 0 },
	{ "oomKey", STRING, offsetof(struct config, oom_key), 0 },
	{ "rows", NUMBER, offsetof(struct config, rows), 0xffff },
	{ "cols", NUMBER, offsetof(struct config, cols), 0xffff },
};

static int parse_number(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;
	if (!*s)
		return 0;
	for (; *s; s++) {
		unsigned digit = (unsigned)*s - '0';
		if (digit > 9 || n > (max - digit) / 10)
			return 0;
		n = n * 10 + digit;
	}
	*out = n;
	return 1;
}

/* `key=value` into `config`. */
static int parse_arg(const char *arg)
{
	const struct arg *a = table, *end = table + sizeof table / sizeof *table;
	size_t len = strcspn(arg, "=");
	while (a < end && (strlen(a->key) != len || memcmp(a->key, arg, len)))
		a++;
	if (a == end || arg[len] != '=')
		return 0;
	void *field = (char *)&config + a->offset;
	if (a->kind == NUMBER)
		return parse_number(arg + len + 1, a->max, field);
	*(const char **)field = arg + len + 1;
	return 1;
}

/* What the player's stdio and descriptors depend on; 0 with the argument at fault in *culprit. */
int parse_args(char **args, const char **culprit)
{
	for (; *args; args++) {
		*culprit = *args;
		if (!parse_arg(*args))
			return 0;
	}
	return 1;
}

/* All else, as NUL-terminated words from `word` on, the last of them followed by another NUL or `end`. They stay where they are. */
int parse_words(const char *word, const char *end, const char **culprit)
{
	uint64_t tty = config.tty, stdin_open = config.stdin_open, inherit = config.inherit;
	for (; word < end && *word; word += strlen(word) + 1) {
		*culprit = word;
		if (!parse_arg(word))
			return 0;
	}
	*culprit = "the player has its stdio and descriptors";
	if (tty != config.tty || stdin_open != config.stdin_open || inherit != config.inherit)
		return 0;
	*culprit = "state";
	if (!config.state)
		return 0;
	*culprit = "logMaxFiles";
	if (!config.log_max_files)
		return 0;
	*culprit = "log";
	if (config.log && *config.log && *config.log != '/')
		return 0;
	return 1;
}
