/* etcd's log made readable, its last lines kept for an obituary. */
/*
 * Owner:   the etcd process's keeper; embedded.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ETCD_LOG_KEPT 32
#define ETCD_LOG_LINE 512 /* of a line for people */

enum etcd_log_level {
	ETCD_LOG_INFO,	/* or less */
	ETCD_LOG_PLAIN, /* a line without a level: usage, a panic, a linker's complaint */
	ETCD_LOG_WARNING,
	ETCD_LOG_ERROR, /* or worse */
};

struct etcd_log {
	struct {
		enum etcd_log_level level;
		char text[ETCD_LOG_LINE];
	} kept[ETCD_LOG_KEPT];	   /* a ring */
	unsigned int count;	   /* of all lines so far */
	char first[ETCD_LOG_LINE]; /* plain line: a page of usage or a trace comes after it */
};

/* Forgets all lines: another process begins. */
void etcd_log_reset(struct etcd_log *log);

/* Takes a line as it came. Returns its level and, valid until the next, what it says. */
enum etcd_log_level etcd_log_add(struct etcd_log *log, const char *line, const char **ret_text);

/* What etcd said of its end, on one line: its last errors, else its first plain line, else its last
 * warnings, else nothing (""). */
void etcd_log_last_words(const struct etcd_log *log, char *text, size_t size);

/* One line of etcd's (zap's JSON, capnslog, or anything) made readable. Pure. */
enum etcd_log_level etcd_log_parse(const char *line, char *text, size_t size);

/* Does a line, made readable, say that somebody's role has changed? It only makes the next question
 * come at once: what is believed is the answer. */
bool etcd_log_is_hint(const char *text);

/* Does it say that the clock of another member differs much? */
bool etcd_log_is_clock(const char *text);
