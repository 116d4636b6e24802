/* The table of configuration keys, used by the parser, --help and the man page. */
/*
 * Owner:   static, constant.
 * Threads: any.
 */
#pragma once

#include "supervisor/config/refusal.h"

#include <stddef.h>

struct config;

enum config_type {
	CONFIG_TEXT,	    /* any value */
	CONFIG_WORD,	    /* any value that is not empty */
	CONFIG_BOOL,	    /* no value, true, false, yes, no, on, off, 1, 0 */
	CONFIG_SECONDS,	    /* a positive decimal, kept in milliseconds */
	CONFIG_TTL,	    /* whole seconds, 2 to 3600 */
	CONFIG_ID,	    /* a user's or group's number */
	CONFIG_OCTAL,	    /* 0 to 0777 */
	CONFIG_CONSISTENCY, /* linearizable or cached */
	CONFIG_LOG_LEVEL,   /* error, warning, info or debug */
	CONFIG_NAME,	    /* [etcd] a member's name, which also names a directory */
	CONFIG_INTEGER,	    /* [etcd] a whole number */
	CONFIG_COUNT,	    /* [etcd] a whole number from 1 on */
	CONFIG_ONCE,	    /* [etcd] true or false, for one start: not in the file */
	CONFIG_NEVER,	    /* a flag of etcd that would break what etcdfs needs: refused */
};

struct config_key {
	const char *section; /* "mount", "etcd" or "hooks" */
	const char *name;
	enum config_type type;
	size_t offset;	      /* not [etcd]: of the member of struct config for the value */
	const char *argument; /* for the help: what follows the =; NULL: nothing */
	const char *fallback; /* for the help: the default; or NULL */
	const char *help;     /* one or more sentences; no line breaks */
};

extern const struct config_key config_keys[];
extern const size_t n_config_keys;

/* NULL if there is no such row; [etcd] also accepts keys without a row. */
const struct config_key *config_key_find(const char *section, const char *name);

/* Checks @value and, except for a key of [etcd], stores it in @config. @value is NULL for a bare
 * key. Returns 0, -ENOMEM, or REFUSED: the refusal says what is wrong with the value, without
 * naming the key. */
int config_key_parse(const struct config_key *key, const char *value, struct config *config,
	struct refusal *refusal);
