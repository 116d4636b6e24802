/* The log: one line for each message, to stderr or, once the program is in the background, to
 * syslog. */
/*
 * Threads: any.
 * Lines:   each message is written whole, and as one line of at most LOG_LINE_MAX bytes. Keys,
 *          names and the words of etcd or of a hook may hold any bytes, so what would end a line,
 *          tell a terminal what to do, or is no text at all is written as \n or \x1b. Only the log
 *          escapes; callers pass the bytes as they are.
 * Level:   begins the line, and so cannot come from the bytes that a message is about.
 * Rule:    log once, where an error stops travelling, naming the object. Never a value or a
 *          password.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define LOG_LINE_MAX 2048 /* bytes, the newline included; less than a pipe takes in one piece */

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* The level of that name: "error", "warning", "info" or "debug". False: there is none. */
bool log_level_find(const char *name, enum log_level *ret);

/* Lines above @level are dropped. Starts as LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* If stderr is the journal (JOURNAL_STREAM of systemd.exec(5)), lines begin with their priority,
 * "<4>", as sd-daemon(3) has it. Call it once, at the start. */
void log_init(void);

/* From now on lines begin with their priority: stderr is a pipe to a process that passes them
 * on. */
void log_use_priorities(void);

/* From now on lines go to syslog(3) (facility daemon) as @ident, which must stay valid until the
 * process ends. */
void log_use_syslog(const char *ident);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a level that is only known when it happens. */
void log_at(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Logs a line of another process that uses priorities. A line without one was written by something
 * else in it (an assertion, a library): a warning. */
void log_pass_on(const char *line);

/* Writes @text as the log does, but for the level, into @ret. What does not fit ends with "...".
 * Returns the length without the NUL. */
size_t log_escape(const char *text, char *ret, size_t size);
