/* The log: one line for each message, to stderr or, once the program is in the background, to
 * syslog. */
/*
 * Threads: any.
 * Lines:   each message is written whole, and as one line. Keys, names and the words of etcd or of
 *          a hook may hold any bytes, so every control character but the tab is written as \n or
 *          \x1b. Only the log escapes; callers pass the bytes as they are.
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

/* From now on lines go to syslog(3) (facility daemon) as @ident, which must stay valid until the
 * process ends. */
void log_use_syslog(const char *ident);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
