/* From the configuration to etcd's command line. Pure. */
/*
 * Owner:   etcd_cmd_fini() frees the words.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/strv.h"
#include "supervisor/data/paths.h"
#include "supervisor/etcd/etcd_version.h"

#include <stdbool.h>

struct etcd_cmd {
	struct strv argv;
	struct strv peer_urls; /* for a join: what the other members are told */
	bool has_many_members; /* initial-cluster names others, a discovery does, or it is a join */
	bool is_alone;	       /* its peers' address is private: nobody else can ever join */
	bool has_clear_peers;  /* peers talk over http://: worth a warning */
};

/* @cwd is what relative file names in the configuration are meant from: etcd itself runs in the
 * run directory. 0, -ENOMEM or REFUSED. */
int etcd_cmd_init(struct etcd_cmd *cmd, const struct config *config, const struct paths *paths,
	const struct etcd_version *version, const char *cwd, struct refusal *refusal);
void etcd_cmd_fini(struct etcd_cmd *cmd);

/* What the cluster that is joined says of its members. 0 or -ENOMEM. */
int etcd_cmd_join(struct etcd_cmd *cmd, const char *initial_cluster);

/* The environment for etcd: ours without ETCD_..., which etcd would take for flags. */
int etcd_cmd_environment(char *const *from, struct strv *ret);
