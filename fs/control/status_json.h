/* The JSON of .etcd/status and .etcd/members. Pure. */
/*
 * Threads: any. Numbers are written exactly; ids are written as etcdctl writes them, in hex.
 */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

struct status_json {
	const char *name; /* NULL: unknown */
	pid_t pid;	  /* the supervisor's */
	struct fs_role_update role;
	struct fs_child_update child;
	bool silent; /* the supervisor has not sent anything for too long */
	bool synced; /* the mirror has been whole once */
	int64_t revision;
	int64_t lease; /* of the mount; 0: it has none */
	int64_t lease_left_s;
	int64_t locks_held, locks_waiting, locks_lost;
	char refusal[FS_REFUSAL_SIZE]; /* why etcd refuses us now; "": it does not */
};

/* What is wrong, in plain words, or "ok"; static, or it belongs to @status. */
const char *report_health(const struct status_json *status);

/* Each returns 0 or -ENOMEM. */
int status_json_status(const struct status_json *status, struct buf *ret);
int status_json_members(const struct etcd_reply *reply, uint64_t leader, struct buf *ret);
