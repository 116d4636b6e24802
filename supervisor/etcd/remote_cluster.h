/* The existing cluster that [mount] endpoints or [etcd] join names: where it is, and who we are to
 * it. */
/*
 * Owner:   the setup; remote_cluster_fini() frees it, and wipes the password.
 * Threads: none of its own.
 * Secrets: the password is in memory only, from its file into etcd's client: in no argument, no
 *          environment and no line of a log.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "supervisor/config/config.h"
#include "supervisor/config/refusal.h"

struct remote_cluster {
	struct etcd_config etcd; /* borrows what follows, and the config */
	char *cacert, *cert, *key;
	char *password, *password_file;
	bool is_clear; /* the password goes over a connection without TLS */
};

/* Whether the config names one; then etcdfs starts no etcd. */
bool remote_cluster_is_given(const struct config *config);

/* Where it is, be it to be mounted or to be joined; NULL: there is none. Borrowed from the config.
 */
const char *remote_cluster_address(const struct config *config);

/* Checks that the keys fit together, with or without endpoints. 0 or REFUSED. */
int remote_cluster_check(const struct config *config, struct refusal *refusal);

/* Names of files are meant from @cwd. 0, -ENOMEM or REFUSED. @cluster is to be freed in
 * each case. */
int remote_cluster_init(struct remote_cluster *cluster, const struct config *config,
	const char *cwd, struct refusal *refusal);
void remote_cluster_fini(struct remote_cluster *cluster);
