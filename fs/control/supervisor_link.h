/* The supervisor's side of a mount: roles come down, reports go up. */
/*
 * Owner:   the mount.
 * Threads: the socket is read in the RPC thread; supervisor_link_role() and the reports any.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/api/protocol.h"
#include "fs/base/lock.h"
#include "fs/base/loop.h"

/* What is told upwards. RPC thread. */
struct supervisor_link_events {
	void (*role_changed)(void *arg);
	void (*gone)(void *arg); /* the supervisor: the mount is to end */
	void *arg;
};

struct supervisor_link {
	const struct fs_config *config;
	struct loop *loop;
	struct supervisor_link_events events;
	int fd;
	struct source source;
	struct lock lock;	      /* the rest */
	struct fs_role_update update; /* the last one */
	struct fs_child_update child; /* the last one */
	int64_t valid_until;	      /* of clock_now_ms(), 0: for ever */
	struct timer expiry;	      /* RPC thread: of what the supervisor said */
	enum fs_role shown;	      /* RPC thread: what the last event was about */
	bool mounted;
	bool synced;
	bool ready;		       /* the supervisor was told */
	bool led;		       /* there is a leader */
	int64_t lost_ms;	       /* if not: since when; 0: since ever */
	int64_t last_ms;	       /* when etcd has answered last, or the mount began */
	char refusal[FS_REFUSAL_SIZE]; /* etcd's, "": none */
};

void supervisor_link_init(struct supervisor_link *link, const struct fs_config *config,
	struct loop *loop, const struct supervisor_link_events *events);
int supervisor_link_open(struct supervisor_link *link); /* hears from then on. 0 or -errno */
void supervisor_link_fini(struct supervisor_link *link);

/* What the supervisor said last, as far as it holds in this moment: a leader whose word has ended
 * is "candidate", and the role "offline" when the last word is too long ago. */
struct fs_role_update supervisor_link_role(struct supervisor_link *link);

/* What it said of etcd's process last; all zero when it keeps none. */
void supervisor_link_child(struct supervisor_link *link, struct fs_child_update *ret);

/* It has not said anything for too long. */
bool supervisor_link_is_silent(struct supervisor_link *link);

/* No leader is known for a second, or a learner does not serve, so a write has no prospect now. */
bool supervisor_link_unavailable(struct supervisor_link *link);

/* There has been no leader for the mount's whole timeout, and no answer of etcd: who asks now has
 * hardly a prospect either. An election is over by then. */
bool supervisor_link_outage(struct supervisor_link *link);

/* Etcd has answered what needs a majority. */
void supervisor_link_answered(struct supervisor_link *link);

/* The kernel has the mount; the mirror is whole. When both are true, and there is a leader, the
 * supervisor is told: from then on a write has a prospect. */
void supervisor_link_report_mounted(struct supervisor_link *link);
void supervisor_link_report_synced(struct supervisor_link *link);

/* Etcd takes us not, for a reason that does not go away by itself; "": it does. RPC thread. */
void supervisor_link_set_refusal(struct supervisor_link *link, const char *reason);
/* The last one, "" without. Any thread. */
void supervisor_link_refusal(struct supervisor_link *link, char ret[FS_REFUSAL_SIZE]);
