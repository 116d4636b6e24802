/* The endpoints of etcd, in the order in which they are tried, and how curl reaches each. */
/*
 * Owner:   the channel.
 * Threads: the dispatching thread only. Constant except for the current endpoint, and for what the
 *          resolvers have learnt.
 */
#pragma once

#include "fs/etcd/etcd.h"
#include "fs/etcd/resolver.h"

/* Paths of the files for TLS; NULL: none. */
struct tls {
	char *cacert;
	char *cert;
	char *key;
};

/* An endpoint, as curl needs it. */
struct target {
	char *base;	    /* "http://host:port" */
	char *unix_path;    /* or NULL */
	bool is_tls;	    /* uses TLS, as configured in tls */
	bool is_far;	    /* unencrypted, and over TCP, so that a password may leave the
			     * machine */
	long opens_version; /* the HTTP version to ask curl for: in the first transfer of a
			     * connection, and in the others */
	long joins_version;
	bool loses_trailers; /* this curl may lose the trailers of a stream when another stream gets
			      * in between */
	const struct tls *tls;
	struct resolver *resolver; /* resolves its name; NULL: it has an address */
	char *name_port;	   /* "name:port", in the form that curl looks up */
};

struct targets {
	struct target *items;
	size_t count, current;
	struct tls tls;
};

/* Parses the endpoints of @config. 0, -EINVAL (a malformed endpoint) or -ENOMEM. @targets must not
 * be moved afterwards, because its items point into it. */
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
