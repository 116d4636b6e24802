/* All that is checked and taken before the first process starts: what can be refused is refused
 * here. */
/*
 * Owner:   the supervisor. setup_fini() gives back what was taken and removes what was made.
 * Threads: one; may wait some seconds for what an earlier run has left.
 */
#pragma once

#include "supervisor/config/options.h"
#include "supervisor/data/data_record.h"
#include "supervisor/data/datalock.h"
#include "supervisor/data/paths.h"
#include "supervisor/etcd/etcd_cmd.h"
#include "supervisor/etcd/etcd_version.h"
#include "supervisor/etcd/remote_cluster.h"

#include <limits.h>
#include <stdbool.h>

struct setup {
	bool starts_etcd; /* etcd is started; else there is a cluster, and no paths */
	bool ends;
	struct remote_cluster cluster;
	struct etcd_config etcd; /* either's; borrows */
	struct paths paths;
	struct datalock data_lock, run_lock;
	struct data_record record;
	struct etcd_version version;
	struct etcd_cmd cmd;
	struct strv environment;   /* etcd's */
	char mountpoint[PATH_MAX]; /* where it is now */
	char cwd[PATH_MAX];	   /* the user's */
};

/* 0, -ENOMEM or REFUSED. @setup is to be freed in each case. */
int setup_init(struct setup *setup, const struct options *options, struct refusal *refusal);
void setup_fini(struct setup *setup);

/* The mount has moved. */
void setup_move(struct setup *setup, const char *mountpoint);

/* All is about to end: another start waits for that. */
void setup_end(struct setup *setup);

/* etcd runs: the next start is to know it. Warns of an initial-cluster that means nothing any more.
 */
void setup_remember(const struct setup *setup, const struct config *config);
