/* Which etcd this is: found, asked for its version, and checked to be new enough. */
/*
 * Owner:   etcd_version_fini() frees the path.
 * Threads: one; waits for the program, for ten seconds at most.
 */
#pragma once

#include "supervisor/config/refusal.h"

struct etcd_version {
	char *path; /* of the program */
	int major, minor, patch;
};

/* What "etcd --version" printed. 0 or -EINVAL. Pure; the path is left alone. */
int etcd_version_parse(const char *output, struct etcd_version *ret);

/* <0, 0, >0 */
int etcd_version_compare(const struct etcd_version *version, int major, int minor, int patch);

/* Finds @binary (a name for PATH, or a path) and asks it. 0 or REFUSED. */
int etcd_version_ask(const char *binary, struct etcd_version *ret, struct refusal *refusal);
void etcd_version_fini(struct etcd_version *version);
