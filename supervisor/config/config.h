/* The configuration that the user asked for: the keys of the file and the command line, checked. */
/*
 * Owner:   config_fini() frees it. Filled by config_set(), from the file first and then from the
 *          command line, which overrides the file.
 * Threads: none of its own; does not change once it is filled.
 */
#pragma once

#include "fs/base/log.h"
#include "supervisor/config/refusal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CONFIG_KEYS_MAX 64 /* rows of the table */
#define CONFIG_NO_MASK ((mode_t)-1)
#define CONFIG_UMASK 022 /* where none is given */

enum config_origin {
	CONFIG_DEFAULT,
	CONFIG_FILE,
	CONFIG_COMMAND_LINE,
};

struct config_flag {
	char *name;
	char *value;
	enum config_origin origin;
	int line; /* in the file; 0: given on the command line */
};

struct config {
	/* [mount] */
	char *mountpoint; /* NULL: not given */
	char *prefix;
	bool cached; /* the consistency */
	int timeout_ms;
	int lock_ttl_s;
	uid_t uid;
	gid_t gid;
	mode_t umask;
	mode_t fmask, dmask; /* CONFIG_NO_MASK: not given */
	bool metadata;
	bool inotify;
	enum log_level log_level;
	bool allow_other;
	bool read_only;
	unsigned long mount_flags; /* MS_NOEXEC and MS_SYNCHRONOUS; by words of -o only */
	char *endpoints;	   /* of an existing cluster; NULL: not given, as for those below */
	char *cacert, *cert, *key;
	char *user, *password_file;

	/* [hooks]: commands for the shell, or NULL */
	char *on_leader, *on_follower, *on_change;
	int hook_timeout_ms;

	/* By row of the table. */
	enum config_origin origins[CONFIG_KEYS_MAX];
	int lines[CONFIG_KEYS_MAX]; /* in the file; 0: not given there */

	/* How -o is read. mount(8) puts its own options behind those of fstab. */
	bool last_wins; /* of a key that is given twice; else it is refused */
	bool skips_unknown;

	bool distrusts;	 /* a file that another user owns or may write is refused */
	char *spec_file; /* the file that a SPEC has named (mount_spec.h); or NULL */
	char *instance;	 /* NAME, if the file is .../etcdfs/NAME.conf; else NULL */

	/* Where the key that is being set was found; the name is borrowed. */
	const char *file;
	int line;

	/* [etcd], in the order in which they were given */
	struct config_flag *flags;
	size_t n_flags;
};

/* Sets the defaults. Returns 0 or -ENOMEM. */
int config_init(struct config *config);
void config_fini(struct config *config);

/* @value is NULL for a bare key, as in -o allow_other. Returns 0, -ENOMEM, or REFUSED: the refusal
 * names the key. */
int config_set(struct config *config, enum config_origin origin, const char *section,
	const char *name, const char *value, struct refusal *refusal);

/* -o: keys of [mount] and words of mount(8), separated by commas. */
int config_set_mount_options(struct config *config, const char *options, struct refusal *refusal);

/* -e: one KEY=VALUE of [etcd]. */
int config_set_etcd_option(struct config *config, const char *option, struct refusal *refusal);

/* -H: one KEY=VALUE of [hooks]. */
int config_set_hook_option(struct config *config, const char *option, struct refusal *refusal);

/* The value of a key of [etcd], or NULL; valid as long as the config. */
const char *config_etcd(const struct config *config, const char *name);
/* The same for a number; @fallback if it was not given. */
int64_t config_etcd_number(const struct config *config, const char *name, int64_t fallback);
/* The line of the file from which the value of this key is; 0: it is not from the file. */
int config_line(const struct config *config, const char *section, const char *name);
/* Whether this start makes the member a cluster of its own. */
bool config_forces_new_cluster(const struct config *config);
/* The member's name: as given, else that of the file (instance), else "default". */
const char *config_name(const struct config *config);

/* The largest value that fits in a request of etcd together with its key. */
size_t config_max_value(const struct config *config);
/* The permission bits that files, and directories, do not have. */
mode_t config_fmask(const struct config *config);
mode_t config_dmask(const struct config *config);
mode_t config_make_mask(const struct config *config); /* the bits that no file is made with */

/* etcd's quota, in bytes. */
int64_t config_quota(const struct config *config);
