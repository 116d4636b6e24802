/* The private directories of one etcdfs: one for etcd's data, one for its sockets. */
/*
 * Owner:   paths_fini() frees the names; paths_make_...() make the directories.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/refusal.h"

#include <stdbool.h>

#define PATHS_CLIENT "client:0" /* etcd 3.4 accepts a socket only as "unix://HOST:PORT" */
#define PATHS_PEER "peer:0"
#define PATHS_JOINED "etcdfs.joined" /* in the data directory; see membership.h */
#define PATHS_REMOVED "etcdfs.removed"
#define PATHS_LEAVING                                                                              \
	"leaving" /* in the run directory: the member was told to leave its cluster                \
		   */

struct paths {
	char *data_dir;
	char *run_dir;
	char *endpoint;	    /* of the client socket: unix:///... */
	bool made_data_dir; /* this run has made it */
	bool keeps_run_dir; /* the user has named it, and it was there before this run */
	bool keeps_parent;  /* the user has named the run directory */
};

/* The user, and the environment that the names depend on. */
struct paths_user {
	bool is_root;
	bool in_namespace; /* a user namespace, whose root may be any user outside */
	uid_t uid;
	const char *cwd;
	const char *home;	 /* $HOME, as getenv() returns it, and so on */
	const char *state_home;	 /* $XDG_STATE_HOME */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR */
};

/* Fills in who we are, with our environment; @cwd is borrowed. */
void paths_user_init(struct paths_user *user, const char *cwd);

/* The directory of the run directories of all of this user's etcdfs, except those that have a
 * run-dir. NULL without memory; the caller frees it. */
char *paths_run_base(const struct paths_user *user);

/* Chooses the names, and touches nothing. Returns 0, -ENOMEM or REFUSED. */
int paths_init(struct paths *paths, const struct config *config, const struct paths_user *user,
	struct refusal *refusal);
void paths_fini(struct paths *paths);

/* Whether the directory can be used, or made; touches nothing. Returns 0, -ENOMEM or REFUSED. */
int paths_check_dir(const char *path, struct refusal *refusal);

/* Makes the directory, or takes an existing one; it is 0700 and ours. Returns 0, -ENOENT: somebody
 * has just removed it, or REFUSED. */
int paths_make_data_dir(struct paths *paths, struct refusal *refusal);
int paths_make_run_dir(struct paths *paths, struct refusal *refusal);

/* Removes the sockets that an etcd left behind; only while the run directory is locked. */
void paths_clear_sockets(const struct paths *paths);

/* Whether the member was told to leave its cluster (leave.h). */
bool paths_is_leaving(const struct paths *paths);

/* Removes the run directory; only while it is locked. */
void paths_remove_run_dir(const struct paths *paths);
/* Removes the data directory if this run made it and nothing was put into it; only while it is
 * locked. */
void paths_remove_new_data_dir(const struct paths *paths);

/* @path if it is absolute, else @cwd/@path. NULL without memory; the caller frees it. */
char *path_absolute(const char *cwd, const char *path);

/* @path without links, "." and ".."; the part that does not exist (yet) stays as it is. NULL
 * without memory; the caller frees it. */
char *path_resolve(const char *path);

/* Whether @path is @dir or below it; both are resolved. */
bool path_is_below(const char *path, const char *dir);
