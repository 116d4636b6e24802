/* What the metrics of a mount say at one moment. */
/*
 * Threads: any; all of it comes from memory, so nothing waits.
 */
#pragma once

#include "fs/base/counters.h"

struct fs_config;
struct lease;
struct locks;
struct mirror;
struct open_set;
struct supervisor_link;

struct metrics_sources {
	const struct fs_config *config;
	const struct counters *counters;
	struct supervisor_link *link;
	struct mirror *mirror;
	struct open_set *files;
	const struct lease *lease;
	const struct locks *locks;
};

struct metrics {
	const char *mountpoint;
	const struct counters *counters;
	char version[24];
	char etcd_version[24]; /* "": not known */
	int64_t start_time, healthy;
	int64_t keys, open_files, mirror_bytes, mirror_value_bytes;
	int64_t revision, etcd_revision;
	int64_t term, is_leader, has_leader;
	int64_t db_size, db_in_use, db_quota, no_space, corrupt;
	int64_t etcd_restarts;
	int64_t lease_left_s, locks_held, locks_waiting;
};

/* Fills all but `healthy`. @ret borrows from @sources. */
void metrics_take(const struct metrics_sources *sources, struct metrics *ret);
