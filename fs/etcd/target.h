/* Where etcd is: the endpoints, in the order in which they are tried, and how each is reached. */
/*
 * Owner:   the channel.
 * Threads: the dispatching thread only; constant but for which one is current, and for what its
 *          resolver has heard.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/resolver.h"

/* The files of TLS; NULL: none. */
struct tls {
	char *cacert;
	char *cert;
	char *key;
};

/* What an endpoint is to curl. */
struct target {
	char *base;	    /* "http://host:port" */
	char *unix_path;    /* or NULL */
	bool is_tls;	    /* then @tls counts */
	bool is_far;	    /* what is sent leaves the machine unencrypted, or may */
	long opens_version; /* of HTTP: of the first transfer of a connection, and of the others */
	long joins_version;
	bool loses_trailers; /* a curl that does, when another stream gets in between */
	const struct tls *tls;
	struct resolver *resolver; /* of its name; NULL: it has none */
	char *name_port;	   /* "name:port", as curl asks for it */
};

struct targets {
	struct target *items;
	size_t count, current;
	struct tls tls;
};

/* 0, -EINVAL (an endpoint that is none) or -ENOMEM. Not to be moved from then on. */
int targets_init(struct targets *targets, const struct etcd_config *config);
void targets_fini(struct targets *targets);

static inline const struct target *targets_current(const struct targets *targets)
{
	return &targets->items[targets->current];
}

static inline void targets_next(struct targets *targets)
{
	targets->current = (targets->current + 1) % targets->count;
}
