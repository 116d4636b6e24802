/* One line a report, to stderr or, once the program is in the background, to syslog. */
/*
 * Threads: any. A line is written whole, and is one line: keys, names and what etcd or a hook says
 *          may hold any bytes, so those that are control characters (but for the tab) are written
 *          as \n or \x1b, here and nowhere else.
 * Rule:    log once, where an error stops travelling, naming the object. Never a value or a
 *          password.
 */
#pragma once

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* Lines above @level are dropped. Starts as LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* From now on lines go to syslog(3) (facility daemon) as @ident, which must live as long. */
void log_use_syslog(const char *ident);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
