/* Reports below ".etcd": text files that are generated when somebody wants them. */
/*
 * Owner:   the kernel's open file.
 * Threads: the FUSE thread; only members and locks are made in the RPC thread.
 *
 *   status    from what the supervisor and the mirror have reported, so always at once
 *   metrics   the same
 *   members   etcd's answer, within the mount's timeout
 *   locks     from the mirror, after a barrier
 *
 * Members and locks are made at the open, and kept. Status and metrics are generated whenever
 * they are read from 0, and kept for the reads that follow.
 */
#pragma once

#include "fs/control/ctldir.h"
#include "fs/control/supervisor_link.h"
#include "fs/file/open_set.h"
#include "fs/lock/lease.h"
#include "fs/lock/locks.h"
#include "fs/request/op.h"

struct status_files {
	const struct fs_config *config;
	struct etcd *etcd;
	struct mirror *mirror;
	struct requests *requests;
	struct barrier *barrier;
	const struct counters *counters;
	struct supervisor_link *link;
	struct open_set *opened;
	struct open_set *files; /* of keys */
	const struct lease *lease;
	const struct locks *locks;
};

/* The size that stat shows: of status and metrics the present one; of members and locks 0, because
 * it is not known without asking etcd. */
size_t status_file_size(struct status_files *status_files, const struct ctldir_node *node);

void status_file_open(struct status_files *status_files, fuse_req_t req,
	const struct ctldir_node *node, const struct fuse_file_info *file);
void status_file_read(struct status_files *status_files, fuse_req_t req,
	const struct ctldir_node *node, size_t size, off_t offset,
	const struct fuse_file_info *file);
void status_file_release(
	struct status_files *status_files, fuse_req_t req, const struct fuse_file_info *file);
