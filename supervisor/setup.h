/* Checks and takes everything that a start needs before the first process starts, and refuses a
 * start that cannot work. */
/*
 * Owner:   the supervisor. setup_fini() releases what was taken and removes what was made.
 * Threads: one; may wait some seconds for an earlier run to go.
 */
#pragma once

#include "supervisor/config/options.h"
#include "supervisor/data/data_record.h"
#include "supervisor/data/datalock.h"
#include "supervisor/data/paths.h"
#include "supervisor/etcd/etcd_cmd.h"
#include "supervisor/etcd/etcd_version.h"
#include "supervisor/etcd/remote_cluster.h"
#include "supervisor/relay.h"

#include <limits.h>
#include <stdbool.h>

struct setup {
	bool starts_etcd; /* else the cluster exists already, and there are no paths */
	bool ends;
	struct remote_cluster cluster;
	struct etcd_config etcd; /* of our own etcd or of the existing cluster; borrows */
	struct paths paths;
	struct datalock data_lock, run_lock;
	struct data_record record;
	struct etcd_version version;
	struct etcd_cmd cmd;
	struct strv environment;   /* etcd's */
	char mountpoint[PATH_MAX]; /* where the mount is now */
	int device;		   /* given with --fuse-fd; -1: none, or taken. Ours until then */
	char cwd[PATH_MAX];	   /* the user's */
};

/* Returns 0, -ENOMEM or REFUSED. @setup must be freed in each case. */
int setup_init(struct setup *setup, const struct options *options, struct refusal *refusal);
void setup_fini(struct setup *setup);

/* In place of setup_init(), for a program that goes on with what @relay has: takes the locks,
 * unless it is a trial. REFUSED as well if the configuration is not what the mount began with. */
int setup_resume(struct setup *setup, const struct options *options, const struct relay *relay,
	bool is_trial, struct refusal *refusal);

/* Parts of setup_init() that change nothing, for --check and for a program that goes on. Each
 * returns 0, -ENOMEM or REFUSED. */
int setup_begin(struct setup *setup, struct refusal *refusal);
/* Chooses the names of the data and the run directory. */
int setup_choose_paths(struct setup *setup, const struct options *options, struct refusal *refusal);
/* Sets the endpoints of our own etcd, or of the existing cluster. */
int setup_choose_etcd(struct setup *setup, const struct options *options, struct refusal *refusal);
/* Finds etcd's program, and asks for its version. */
int setup_find_etcd(struct setup *setup, const struct options *options, struct refusal *refusal);
/* Makes etcd's command line, without what depends on its version if that is not known, and checks
 * that its data are where they have been. */
int setup_make_command(struct setup *setup, const struct options *options, struct refusal *refusal);
int setup_check_inside(const struct setup *setup, struct refusal *refusal);

/* The mount has moved: records the new mountpoint. */
void setup_move(struct setup *setup, const char *mountpoint);

/* etcdfs is about to end: marks the locks, so that another start waits for them. */
void setup_end(struct setup *setup);

/* etcd runs: records that for the next start. Warns if an initial-cluster was given that etcd
 * ignores. */
void setup_remember(const struct setup *setup, const struct config *config);
