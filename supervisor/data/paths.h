/* The private directories of one etcdfs: where etcd keeps its data, and where its sockets are. */
/*
 * Owner:   paths_fini() frees the names; the directories are made by paths_create().
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/refusal.h"

#include <stdbool.h>

#define PATHS_CLIENT "client:0" /* etcd 3.4 takes a socket only as "unix://HOST:PORT" */
#define PATHS_PEER "peer:0"
#define PATHS_JOINED "etcdfs.joined" /* in the data directory: by membership.h */
#define PATHS_REMOVED "etcdfs.removed"
#define PATHS_LEAVING                                                                              \
	"leaving" /* in the run directory: the member was told to leave its cluster                \
		   */

struct paths {
	char *data_dir;
	char *run_dir;
	char *endpoint;	    /* of the client socket: unix:///... */
	bool made_data_dir; /* by this run */
};

/* Who asks, and where. */
struct paths_user {
	bool is_root;
	uid_t uid;
	const char *cwd;
	const char *home;	 /* $HOME, ... as getenv() has them */
	const char *state_home;	 /* $XDG_STATE_HOME */
	const char *runtime_dir; /* $XDG_RUNTIME_DIR */
};

/* Where the run directories of all of this user's etcdfs are. NULL without memory; the caller frees
 * it. */
char *paths_run_base(const struct paths_user *user);

/* Chooses the names; touches nothing. 0, -ENOMEM or REFUSED. */
int paths_init(struct paths *paths, const struct config *config, const struct paths_user *user,
	struct refusal *refusal);
void paths_fini(struct paths *paths);

/* One of the directories, 0700 and ours. 0, -ENOENT: somebody has just removed it, or REFUSED. */
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

/* @path if it is absolute, else behind @cwd. NULL without memory; the caller frees it. */
char *path_absolute(const char *cwd, const char *path);

/* Without links, "." and ".."; what does not exist (yet) stays as it is written. NULL without
 * memory; the caller frees it. */
char *path_resolve(const char *path);

/* Is @path @dir or below it? Both resolved. */
bool path_is_below(const char *path, const char *dir);
