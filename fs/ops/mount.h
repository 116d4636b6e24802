/* A mount: its parts, for the operations and for fs/parts.c, which wires them. */
#pragma once

#include "fs/api/config.h"
#include "fs/base/counters.h"
#include "fs/base/mountinfo.h"
#include "fs/control/ctldir.h"
#include "fs/control/lock_file.h"
#include "fs/control/past.h"
#include "fs/control/role_file.h"
#include "fs/control/snapshot_file.h"
#include "fs/control/status_file.h"
#include "fs/control/stream.h"
#include "fs/control/supervisor_link.h"
#include "fs/events/echo.h"
#include "fs/events/invalidate.h"
#include "fs/events/touch_queue.h"
#include "fs/file/handle.h"
#include "fs/file/loss.h"
#include "fs/file/publisher.h"
#include "fs/lock/ephemeral.h"
#include "fs/lock/lease.h"
#include "fs/lock/locks.h"
#include "fs/lock/orphans.h"
#include "fs/lock/ttl.h"
#include "fs/mirror/mirror.h"
#include "fs/request/barrier.h"
#include "fs/request/feed.h"
#include "fs/request/fence.h"
#include "fs/request/mutation.h"
#include "fs/request/op.h"
#include "fs/request/secret.h"
#include "fs/request/walk.h"
#include "fs/request/write_probe.h"

#include <stdatomic.h>

struct fs {
	const struct fs_config *config;
	struct mirror *mirror;
	struct etcd *etcd;
	struct fuse_session *session;
	struct mountinfo mount; /* as it was made: its numbers stay, its mountpoint may change */
	struct loop loop;
	struct source etcd_source;
	struct feed feed;		/* RPC thread */
	struct barrier barrier;		/* RPC thread */
	struct write_probe write_probe; /* RPC thread */
	struct share share;		/* RPC thread */
	struct fence fence;		/* RPC thread */
	struct mutations mutations;
	struct lease lease;	      /* RPC thread */
	struct ephemerals ephemerals; /* RPC thread */
	struct ttl_leases ttls;	      /* RPC thread */
	struct requests requests;
	struct echo echo; /* RPC thread */
	struct invalidate invalidate;
	struct touch_queue touches;
	struct supervisor_link supervisor;
	struct counters counters;
	struct open_set opened;
	struct open_set files; /* handles */
	struct role_files role_files;
	struct publisher publisher; /* RPC thread */
	struct losses losses;	    /* RPC thread */
	struct held held;	    /* RPC thread */
	struct orphans orphans;
	struct locks locks; /* RPC thread */
	struct ctldir ctldir;
	struct lock_files lock_files;
	struct streams streams;
	struct past past;
	struct snapshot_files snapshot_files;
	struct status_files status_files;
	struct secrets secrets;	   /* RPC thread */
	int end_fd;		   /* becomes readable when the mount is to end */
	int dead_notifier;	   /* FUSE thread: a pidfd of the predecessor's; -1: none */
	struct fs_pollers pollers; /* FUSE thread: as the supervisor knows them */
	int failure;		   /* RPC thread: the error for which the mount ends by itself */
	struct task drain_task;
	struct timer drain;
	int64_t drain_end_ms;
};

/* The mount of a request. */
static inline struct fs *op_fs(const struct op *op)
{
	return op->requests->arg;
}
