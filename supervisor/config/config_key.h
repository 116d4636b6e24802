/* The one table of configuration keys: the parser, --help and the man page read the same rows. */
/*
 * Owner:   static, constant.
 * Threads: any.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <stddef.h>

struct config;

enum config_type {
	CONFIG_TEXT,	    /* anything */
	CONFIG_WORD,	    /* anything but nothing */
	CONFIG_BOOL,	    /* nothing, true, false, yes, no, on, off, 1, 0 */
	CONFIG_SECONDS,	    /* a positive decimal, kept in milliseconds */
	CONFIG_ID,	    /* a user's or group's number */
	CONFIG_OCTAL,	    /* 0 to 0777 */
	CONFIG_CONSISTENCY, /* linearizable */
	CONFIG_NAME,	    /* [etcd] a member's name, which is also a directory's */
	CONFIG_INTEGER,	    /* [etcd] a whole number */
	CONFIG_COUNT,	    /* [etcd] a whole number from 1 on */
	CONFIG_NEVER,	    /* a flag of etcd that would break what etcdfs needs: refused */
};

struct config_key {
	const char *section; /* "mount", "etcd" or "hooks" */
	const char *name;
	enum config_type type;
	size_t offset;	      /* not [etcd]: of the member of struct config that takes the value */
	const char *argument; /* for the help: what stands after the =; NULL for none */
	const char *fallback; /* for the help: what holds when the key is not given, or NULL */
	const char *help;     /* one or more sentences; no line breaks */
};

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

/* NULL if there is no such row. [etcd] takes keys that have none. */
const struct config_key *config_key_find(const char *section, const char *name);

/* Checks @value and, but for a key of [etcd], stores it in @config. @value is NULL for a bare key.
 * 0, -ENOMEM, or REFUSED: the line says what is wrong with the value, without naming the key. */
int config_key_parse(const struct config_key *key, const char *value, struct config *config,
	struct refusal *refusal);
