/* etcd's quota: makes writes possible again when the database was full and keys were deleted. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    an etcd that has reached its quota refuses writes (the alarm NOSPACE) until somebody
 *          compacts its history, defragments its file and disarms the alarm. While the alarm is on,
 *          each member does its part of these steps; without it, none is done.
 */
#pragma once

#include "fs/etcd/etcd.h"

enum quota_step {
	QUOTA_NOTHING,
	QUOTA_COMPACT,	  /* all history up to now: by the leader, for all */
	QUOTA_COUNT,	  /* makes etcd count the freed space: by the leader, for all */
	QUOTA_DEFRAGMENT, /* its own file: by each member */
	QUOTA_DISARM,	  /* the alarms: by the leader, for all */
};

struct quota {
	struct etcd *etcd; /* borrowed */
	int64_t limit;	   /* bytes; 0: none */
	bool full;	   /* the log says so */
	int64_t compacted; /* the revision */
	int counts;	   /* QUOTA_COUNT steps since then */
	int64_t again_ms;  /* no step before that */

	enum quota_step step; /* under way */
	int64_t revision;     /* when it began */
	uint64_t member;      /* that had raised the alarm then; 0: none */
};

/* Takes a Status of etcd, and begins the step that is due, if any. */
void quota_take(struct quota *quota, const struct etcd_reply *reply);

/* The step that is due; none without an alarm. Pure. */
enum quota_step quota_step(const struct quota *quota, const struct etcd_header *header,
	const struct etcd_status *status);

/* The member that has raised NOSPACE, from an error in a Status ("memberID:1 alarm:NOSPACE "); 0:
 * it is another error. Pure. */
uint64_t quota_alarm_member(const char *error);
