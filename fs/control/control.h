/* The supervisor's side of a mount: roles come down, reports go up. */
/*
 * Owner:   the mount.
 * Threads: the socket is read in the RPC thread; control_role() and the reports any.
 */
#pragma once

#include "fs/api/config.h"
#include "fs/api/protocol.h"
#include "fs/base/lock.h"
#include "fs/base/loop.h"

/* What is told upwards. RPC thread. */
struct control_events {
	void (*role_changed)(void *arg);
	void (*gone)(void *arg); /* the supervisor: the mount is to end */
	void *arg;
};

struct control {
	const struct fs_config *config;
	struct loop *loop;
	struct control_events events;
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

void control_init(struct control *control, const struct fs_config *config, struct loop *loop,
	const struct control_events *events);
int control_open(struct control *control); /* hears from then on. 0 or -errno */
void control_fini(struct control *control);

/* What the supervisor said last, as far as it holds in this moment: a leader whose word has ended
 * is "candidate", and the role "offline" when the last word is too long ago. */
struct fs_role_update control_role(struct control *control);

/* What it said of etcd's process last; all zero when it keeps none. */
void control_child(struct control *control, struct fs_child_update *ret);

/* It has not said anything for too long. */
bool control_is_silent(struct control *control);

/* No leader is known for a second, or a learner does not serve, so a write has no prospect now. */
bool control_unavailable(struct control *control);

/* There has been no leader for the mount's whole timeout, and no answer of etcd: who asks now has
 * hardly a prospect either. An election is over by then. */
bool control_outage(struct control *control);

/* Etcd has answered what needs a majority. */
void control_answered(struct control *control);

/* The kernel has the mount; the mirror is whole. When both are true, and there is a leader, the
 * supervisor is told: from then on a write has a prospect. */
void control_report_mounted(struct control *control);
void control_report_synced(struct control *control);

/* Etcd takes us not, for a reason that does not go away by itself; "": it does. RPC thread. */
void control_set_refusal(struct control *control, const char *reason);
/* The last one, "" without. Any thread. */
void control_refusal(struct control *control, char ret[FS_REFUSAL_SIZE]);
