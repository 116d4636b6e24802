/* The names below each directory's ".etcd": reachable by name, and in no listing of keys. */
/*
 * Owner:   the mount. An entry lives while the kernel knows its id, and holds its directory's node.
 * Threads: any; the table's lock is never held while another is taken.
 * Ids:     from HIDDEN_FIRST_ID up, so no node has them; never used again.
 *
 *   DIR/.etcd             directory    watch, since; in the root also the reports
 *   DIR/.etcd/watch       stream       what changes below DIR from the open on
 *   DIR/.etcd/since       directory    lists nothing
 *   DIR/.etcd/since/REV   stream       what changed below DIR from revision REV on
 *   .etcd/status          report       how this member is
 *   .etcd/members         report       the cluster's members, as etcd lists them
 *   .etcd/metrics         report       for Prometheus
 */
#pragma once

#include "fs/base/lock.h"
#include "fs/mirror/mirror.h"

#include <bsd/sys/tree.h>

#define HIDDEN_FIRST_ID (1ULL << 62)
#define HIDDEN_NAME ".etcd"

enum hidden_kind {
	HIDDEN_TOP,
	HIDDEN_WATCH,
	HIDDEN_SINCE,
	HIDDEN_SINCE_REVISION,
	HIDDEN_STATUS,
	HIDDEN_MEMBERS,
	HIDDEN_METRICS,
};

struct hidden {
	uint64_t id;
	enum hidden_kind kind;
	uint64_t dir;	  /* the node that ".etcd" stands in */
	int64_t revision; /* of HIDDEN_SINCE_REVISION; else 0 */
};

struct hidden_entry;
RB_HEAD(hidden_ids, hidden_entry);
RB_HEAD(hidden_names, hidden_entry);

struct hidden_table {
	struct mirror *mirror;
	struct lock lock; /* the rest */
	struct hidden_ids ids;
	struct hidden_names names;
	uint64_t next_id;
};

void hidden_init(struct hidden_table *table, struct mirror *mirror);
void hidden_fini(struct hidden_table *table); /* before the mirror goes */

/* Whether @name in @dir is one of these, there or not. */
bool hidden_has(uint64_t dir, const char *name);

/* One more lookup of the kernel's. 0, -ENOENT, -ENOTDIR, -ESTALE (its directory is gone), -ENOMEM.
 */
int hidden_lookup(struct hidden_table *table, uint64_t dir, const char *name, struct hidden *ret);
void hidden_forget(struct hidden_table *table, uint64_t id, uint64_t count);

/* 0 or -ESTALE. */
int hidden_info(struct hidden_table *table, uint64_t id, struct hidden *ret);

bool hidden_is_dir(const struct hidden *hidden);
bool hidden_is_report(
	const struct hidden *hidden); /* report.h; else it is a stream, or a directory */

/* The @index-th name that the directory lists; NULL after the last. */
const char *hidden_listed(const struct hidden *dir, size_t index, bool *ret_is_dir);
