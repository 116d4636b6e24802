/* Records a data directory's membership, beside etcd's own data. */
/*
 * Owner:   none; small files in the directory, which is locked by the caller.
 * Threads: none of its own.
 */
#pragma once

#include "supervisor/config/config.h"
#include "supervisor/config/refusal.h"
#include "supervisor/data/paths.h"

/* Whether a member has run there. */
bool membership_has_data(const struct config *config, const char *data_dir);

/* Refuses three starts that etcd would not explain: of a member that was removed from its cluster,
 * a join with the data of another cluster, and a new cluster of a member without data. Returns 0 or
 * REFUSED. */
int membership_check(const struct config *config, const char *data_dir, struct refusal *refusal);

/* Each returns 0 or -errno. */
int membership_note_joined(const char *data_dir);
int membership_note_removed(const char *data_dir);
