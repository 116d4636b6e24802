/* Parses etcd's log, and keeps its last lines for an obituary. */
/*
 * Owner:   etcd_process; embedded.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ETCD_LOG_KEPT 32
#define ETCD_LOG_LINE 512 /* bytes of a line, made readable */

enum etcd_log_level {
	ETCD_LOG_INFO,	/* or less */
	ETCD_LOG_PLAIN, /* a line without a level: usage, a panic, an error of the linker */
	ETCD_LOG_WARNING,
	ETCD_LOG_ERROR, /* or worse */
};

struct etcd_log {
	struct {
		enum etcd_log_level level;
		char text[ETCD_LOG_LINE];
	} kept[ETCD_LOG_KEPT];	   /* a ring */
	unsigned int count;	   /* lines so far */
	char first[ETCD_LOG_LINE]; /* the first plain line; a page of usage or a trace follows it */
};

/* Forgets all lines, for another process. */
void etcd_log_reset(struct etcd_log *log);

/* Adds a line as etcd wrote it. Returns its level, and its readable text, valid until the next
 * call. */
enum etcd_log_level etcd_log_add(struct etcd_log *log, const char *line, const char **ret_text);

/* etcd's last words on one line: its last errors, else its first plain line, else its last
 * warnings, else "". */
void etcd_log_last_words(const struct etcd_log *log, char *text, size_t size);

/* Makes one line of etcd's log (zap's JSON, capnslog, or anything) readable. Pure. */
enum etcd_log_level etcd_log_parse(const char *line, char *text, size_t size);

/* Whether a readable line says that a role has changed. It only makes us ask at once; only the
 * answer is believed. */
bool etcd_log_is_hint(const char *text);

/* Whether it says that the clock of another member differs much. */
bool etcd_log_is_clock(const char *text);
