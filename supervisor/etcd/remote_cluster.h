/* The existing cluster that [mount] endpoints or [etcd] join name: its addresses, and our
 * credentials. */
/*
 * Owner:   the setup; remote_cluster_fini() frees it, and wipes the password.
 * Threads: none of its own.
 * Secrets: the password is read from its file into etcd's client, and is in memory only: in no
 *          argument, no environment and no line of a log.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "supervisor/config/config.h"
#include "supervisor/config/refusal.h"

struct remote_cluster {
	struct etcd_config etcd; /* borrows the fields below, and the config */
	char *cacert, *cert, *key;
	char *password, *password_file;
	bool is_clear; /* the password is sent over a connection without TLS */
};

/* Whether the config names a cluster to mount; then etcdfs starts no etcd. */
bool remote_cluster_is_given(const struct config *config);

/* The endpoints of the cluster to mount or to join; NULL: there is none. Borrowed from the
 * config. */
const char *remote_cluster_address(const struct config *config);

/* Checks that the keys fit together, with or without endpoints. Returns 0 or REFUSED. */
int remote_cluster_check(const struct config *config, struct refusal *refusal);

/* Relative file names refer to @cwd. Returns 0, -ENOMEM or REFUSED. @cluster must be freed in each
 * case. */
int remote_cluster_init(struct remote_cluster *cluster, const struct config *config,
	const char *cwd, struct refusal *refusal);
void remote_cluster_fini(struct remote_cluster *cluster);
