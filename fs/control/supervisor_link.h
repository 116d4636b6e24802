/* The mount's connection to the supervisor: roles come down, reports go up. */
/*
 * Owner:   the mount.
 * Threads: the socket is read in the RPC thread; supervisor_link_role() and the reports any.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/api/protocol.h"
#include "fs/base/lock.h"
#include "fs/base/loop.h"

#include <stdatomic.h>

/* What it reports to the mount. RPC thread. */
struct supervisor_link_events {
	void (*role_changed)(void *arg);
	void (*gone)(void *arg); /* the supervisor is gone: the mount must end */
	void *arg;
};

struct supervisor_link {
	const struct fs_config *config;
	struct loop *loop;
	struct supervisor_link_events events;
	int fd;
	struct source source;
	atomic_bool read_only;
	struct lock lock;	      /* the rest */
	struct fs_role_update update; /* the last one received */
	struct fs_child_update child; /* the last one received */
	int64_t valid_until;	      /* of clock_now_ms(); 0: for ever */
	struct timer expiry;	      /* RPC thread: when time alone changes the role */
	enum fs_role shown;	      /* RPC thread: the role of the last event */
	bool mounted;
	bool synced;
	bool ready;		       /* the supervisor was told */
	bool led;		       /* there is a leader */
	int64_t lost_ms;	       /* if not: since when, or since the process began */
	int64_t last_ms;	       /* when etcd has answered last, or the mount began */
	char refusal[FS_REFUSAL_SIZE]; /* why etcd refuses us; "": it does not */
};

void supervisor_link_init(struct supervisor_link *link, const struct fs_config *config,
	struct loop *loop, const struct supervisor_link_events *events);
int supervisor_link_open(struct supervisor_link *link); /* receives from then on; 0 or -errno */
void supervisor_link_fini(struct supervisor_link *link);

/* The role that the supervisor sent last, as far as it holds now: a leader whose lease has ended is
 * "candidate", and every role is "offline" if the supervisor has been silent for too long. */
struct fs_role_update supervisor_link_role(struct supervisor_link *link);

/* The state of etcd's process that the supervisor sent last; all zero when it starts none. */
void supervisor_link_child(struct supervisor_link *link, struct fs_child_update *ret);

/* Whether the mount is read-only now. */
bool supervisor_link_is_read_only(const struct supervisor_link *link);

/* Whether the supervisor has sent nothing for too long. */
bool supervisor_link_is_silent(struct supervisor_link *link);

/* Whether a write cannot succeed now: for a second no leader has been known, or a learner does not
 * serve. */
bool supervisor_link_unavailable(struct supervisor_link *link);

/* Whether there has been no leader, and no answer of etcd, for the mount's whole timeout. An
 * election is over by then, so an operation that begins now will hardly succeed. */
bool supervisor_link_outage(struct supervisor_link *link);

/* etcd has answered a question that needs a majority. */
void supervisor_link_answered(struct supervisor_link *link);

/* The kernel has mounted it; the mirror is whole. When both are true, and there is a leader, the
 * supervisor is told, because from then on a write can succeed. */
void supervisor_link_report_mounted(struct supervisor_link *link);
void supervisor_link_report_synced(struct supervisor_link *link);

/* Reports that etcd refuses us for a reason that does not pass by itself; "": it does no longer.
 * RPC thread. */
void supervisor_link_set_refusal(struct supervisor_link *link, const char *reason);
/* The last reason, "" if there is none. Any thread. */
void supervisor_link_refusal(struct supervisor_link *link, char ret[FS_REFUSAL_SIZE]);
