#include "fs/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
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

__attribute__((format(printf, 2, 0))) static void log_line(
	enum log_level level, const char *format, va_list args)
{
	char line[2048];
	int used, length;

	if ((int)level > max_level)
		return;
	if (use_syslog) {
		vsyslog(levels[level].priority, format, args);
		return;
	}
	used = snprintf(line, sizeof(line), "%s", levels[level].prefix);
	length = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	if (length < 0)
		return;
	used += length;
	if (used > (int)sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used] = '\n';
	/* One write, so that lines of several processes do not mix. */
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
