#include "fs/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static const struct {
	const char *prefix;
	int priority;
} levels[] = {
	[LOG_LEVEL_ERROR] = {"etcdfs: ", LOG_ERR},
	[LOG_LEVEL_WARNING] = {"etcdfs: warning: ", LOG_WARNING},
	[LOG_LEVEL_INFO] = {"etcdfs: ", LOG_INFO},
	[LOG_LEVEL_DEBUG] = {"etcdfs: debug: ", LOG_DEBUG},
};

static atomic_int max_level = LOG_LEVEL_INFO;
static atomic_bool use_syslog;

void log_set_level(enum log_level level)
{
	max_level = level;
}

void log_use_syslog(const char *ident)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	use_syslog = true;
}

/* The length of the control character at @at, ASCII or C1 (U+0080 to U+009F) in UTF-8; 0 if the
 * character there is none. */
static size_t control_length(const unsigned char *at)
{
	if ((at[0] < 0x20 && at[0] != '\t') || at[0] == 0x7f)
		return 1;
	return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f ? 2 : 0;
}

static size_t escape(const unsigned char *from, size_t count, char *to)
{
	size_t i, used = 0;

	if (count == 1 && *from == '\n')
		return sprintf(to, "\\n");
	for (i = 0; i < count; i++)
		used += sprintf(to + used, "\\x%02x", from[i]);
	return used;
}

/* Writes as much of @text as fits, terminated by a NUL. Returns the length without the NUL. */
static size_t make_printable(const char *text, char *ret, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	char escaped[2 * sizeof("\\xff")];
	size_t used = 0;

	while (*at) {
		size_t control = control_length(at), length = 1;

		if (control)
			length = escape(at, control, escaped);
		if (used + length >= size)
			break;
		memcpy(ret + used, control ? escaped : (const char *)at, length);
		used += length;
		at += control ? control : 1;
	}
	ret[used] = '\0';
	return used;
}

__attribute__((format(printf, 2, 0))) static void log_line(
	enum log_level level, const char *format, va_list args)
{
	char text[2048], line[2048];
	size_t used;

	if ((int)level > max_level || vsnprintf(text, sizeof(text), format, args) < 0)
		return;
	if (use_syslog) {
		make_printable(text, line, sizeof(line));
		syslog(levels[level].priority, "%s", line);
		return;
	}
	used = snprintf(line, sizeof(line), "%s", levels[level].prefix);
	used += make_printable(text, line + used, sizeof(line) - used - 1);
	line[used] = '\n';
	/* One write() for each line, so that lines of several processes do not mix. */
	if (write(STDERR_FILENO, line, used + 1) < 0)
		return;
}

#define LOG_FUNCTION(name, level)                                                                  \
	void name(const char *format, ...)                                                         \
	{                                                                                          \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		log_line(level, format, args);                                                     \
		va_end(args);                                                                      \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
