#include "fs/libfuse_log.h"

#include "fs/base/log.h"

#include <fuse_log.h>
#include <stdio.h>
#include <string.h>

static enum log_level level_of(enum fuse_log_level level)
{
	if (level <= FUSE_LOG_ERR)
		return LOG_LEVEL_ERROR;
	if (level == FUSE_LOG_WARNING)
		return LOG_LEVEL_WARNING;
	return level == FUSE_LOG_DEBUG ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

/* libfuse ends its lines itself. */
__attribute__((format(printf, 2, 0))) static void on_message(
	enum fuse_log_level level, const char *format, va_list args)
{
	char text[LOG_LINE_MAX];
	int length = vsnprintf(text, sizeof(text), format, args);

	if (length < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	log_at(level_of(level), "%s", text);
}

void libfuse_log_take(void)
{
	fuse_set_log_func(on_message);
}
