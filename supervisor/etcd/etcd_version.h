/* Finds etcd, and asks it for its version, and whether it takes its flags. */
/*
 * Owner:   etcd_version_fini() frees the path.
 * Threads: one; waits at most ten seconds for the program.
 */
#pragma once

#include "supervisor/config/refusal.h"
#include "supervisor/config/strv.h"

struct etcd_version {
	char *path; /* of the program */
	int major, minor, patch;
};

/* Parses the output of "etcd --version". Returns 0 or -EINVAL. Pure; does not set the path. */
int etcd_version_parse(const char *output, struct etcd_version *ret);

/* Returns <0, 0, >0. */
int etcd_version_compare(const struct etcd_version *version, int major, int minor, int patch);

/* Finds @binary (a name for PATH, or a path) and asks it. Returns 0 or REFUSED. */
int etcd_version_ask(const char *binary, struct etcd_version *ret, struct refusal *refusal);
/* Whether the etcd at @path takes the flags of @argv, each by itself, from its name and its value.
 * It only parses them. Returns 0, -ENOMEM, or REFUSED: the refusal has etcd's own words. */
int etcd_version_try(
	const char *path, const struct strv *argv, char *const *envp, struct refusal *refusal);
void etcd_version_fini(struct etcd_version *version);
