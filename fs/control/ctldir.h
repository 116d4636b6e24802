/* The names below each directory's ".etcd": they can be looked up, and no listing of keys has
 * them. */
/*
 * Owner:   the mount. An entry exists while the kernel knows its id, and holds its directory's
 *          node.
 * Threads: any; no other lock is taken while the table's lock is held.
 * Ids:     from CTLDIR_FIRST_ID up (fs/tree/ids.h).
 *
 *   DIR/.etcd             directory    watch, since, lock, at; in the root also the reports
 *   DIR/.etcd/watch       stream       changes below DIR, from the open on
 *   DIR/.etcd/since       directory    lists nothing
 *   DIR/.etcd/since/REV   stream       changes below DIR, from revision REV on
 *   DIR/.etcd/lock        lock file    empty: its lock is that of all below DIR
 *   DIR/.etcd/at          directory    lists nothing; the names in it are not here (past.h)
 *   DIR/.etcd/locks       report       who holds and who waits for locks below DIR
 *   DIR/.etcd/ephemeral   directory    lists nothing; what is made in it is made in DIR
 *   DIR/.etcd/ttl         directory    lists nothing
 *   DIR/.etcd/ttl/SECONDS directory    lists nothing; what is made in it is made in DIR
 *   .etcd/snapshot        snapshot     of etcd's database (snapshot_file.h)
 *   .etcd/status          report       the state of this member
 *   .etcd/members         report       the cluster's members, as etcd lists them
 *   .etcd/metrics         report       for Prometheus
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/mirror/mirror.h"
#include "fs/tree/ids.h"

#include <bsd/sys/tree.h>

#define CTLDIR_NAME ".etcd"

enum ctldir_kind {
	CTLDIR_TOP,
	CTLDIR_WATCH,
	CTLDIR_SINCE,
	CTLDIR_SINCE_REVISION,
	CTLDIR_LOCK,
	CTLDIR_AT,
	CTLDIR_EPHEMERAL,
	CTLDIR_TTL,
	CTLDIR_TTL_SECONDS,
	CTLDIR_SNAPSHOT,
	CTLDIR_STATUS,
	CTLDIR_MEMBERS,
	CTLDIR_METRICS,
	CTLDIR_LOCKS,
};

struct ctldir_node {
	uint64_t id;
	enum ctldir_kind kind;
	uint64_t dir;	/* the node that contains ".etcd" */
	int64_t number; /* the revision of CTLDIR_SINCE_REVISION, the seconds of
			 * CTLDIR_TTL_SECONDS; else 0 */
};

struct ctldir_entry;
RB_HEAD(ctldir_ids, ctldir_entry);
RB_HEAD(ctldir_names, ctldir_entry);

struct ctldir {
	struct mirror *mirror;
	struct lock lock; /* the rest */
	struct ctldir_ids ids;
	struct ctldir_names names;
	uint64_t next_id;
};

void ctldir_init(struct ctldir *table, struct mirror *mirror, unsigned incarnation);
void ctldir_fini(struct ctldir *table); /* call it before the mirror is freed */

/* Whether @name in @dir belongs to a control directory, whether or not it exists. */
bool ctldir_has(uint64_t dir, const char *name);

/* Reads the name of a revision. Only the usual form of a number is one, so that a revision has one
 * name. 0 or -ENOENT. */
int ctldir_revision(const char *name, int64_t *ret);

/* Counts one more lookup by the kernel. Returns 0, -ENOENT, -ENOTDIR, -ESTALE (its directory is
 * gone), -EINVAL (no number of seconds), or -ENOMEM. */
int ctldir_lookup(struct ctldir *table, uint64_t dir, const char *name, struct ctldir_node *ret);
void ctldir_forget(struct ctldir *table, uint64_t id, uint64_t count);

/* Returns 0 or -ESTALE. */
int ctldir_info(struct ctldir *table, uint64_t id, struct ctldir_node *ret);

bool ctldir_is_dir(const struct ctldir_node *node);
bool ctldir_makes(const struct ctldir_node *node); /* files can be made in it */
bool ctldir_is_report(const struct ctldir_node
		*node); /* status_file.h; else it is a stream, a lock file or a directory */

/* The @index-th name that the directory lists; NULL after the last. */
const char *ctldir_listed(const struct ctldir_node *dir, size_t index, bool *ret_is_dir);
