/* Makes etcd's command line from the configuration. Pure. */
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
	struct strv peer_urls; /* for a join: the peer URLs that the other members are told */
	bool has_many_members; /* initial-cluster names others, or it is a discovery or a join */
	bool is_alone;	       /* its peer address is private, so nobody else can ever join */
	bool has_clear_peers;  /* peers talk over http://, which is worth a warning */
};

/* @cwd is the directory that relative file names in the configuration refer to; etcd itself runs in
 * the run directory. Returns 0, -ENOMEM or REFUSED. */
int etcd_cmd_init(struct etcd_cmd *cmd, const struct config *config, const struct paths *paths,
	const struct etcd_version *version, const char *cwd, struct refusal *refusal);
void etcd_cmd_fini(struct etcd_cmd *cmd);

/* Whether the flag @name names a file that etcd reads. */
bool etcd_cmd_names_file(const char *name);

/* Sets the initial-cluster that the joined cluster gives. Returns 0 or -ENOMEM. */
int etcd_cmd_join(struct etcd_cmd *cmd, const char *initial_cluster);

/* etcd has served: an etcd that is started again is not told again what is for one start. The list
 * stays in its place. */
void etcd_cmd_served(struct etcd_cmd *cmd);

/* etcd's environment: ours without ETCD_..., which etcd would take for flags. Returns 0 or
 * -ENOMEM. */
int etcd_cmd_environment(char *const *from, struct strv *ret);
