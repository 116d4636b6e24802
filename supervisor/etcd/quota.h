/* etcd's quota: when the database is full and things are deleted, writes are let in again. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    etcd that has reached its quota refuses writes (the alarm NOSPACE) until somebody
 *          compacts its history, defragments its file and takes the alarm back. While the alarm is
 *          on, each member does the next of these that is its part; nothing is done without it.
 */
#pragma once

#include "fs/etcd/etcd.h"

enum quota_step {
	QUOTA_NOTHING,
	QUOTA_COMPACT,	  /* all history up to now: the leader's, for all */
	QUOTA_COUNT,	  /* what that has freed: the leader's, for all */
	QUOTA_DEFRAGMENT, /* its own file: each member's */
	QUOTA_DISARM,	  /* the alarms: the leader's, for all */
};

struct quota {
	struct etcd *etcd; /* borrowed */
	int64_t limit;	   /* bytes, 0: none */
	bool full;	   /* said so in the log */
	int64_t compacted; /* the revision */
	int counts;	   /* since then */
	int64_t again_ms;  /* not before that */

	enum quota_step step; /* under way */
	int64_t revision;     /* when it began */
	uint64_t member;      /* that had raised the alarm then, 0: none */
};

/* Takes a Status of etcd, and begins a step if there is one to do. */
void quota_take(struct quota *quota, const struct etcd_reply *reply);

/* What is to be done: nothing without an alarm. Pure. */
enum quota_step quota_step(const struct quota *quota, const struct etcd_header *header,
	const struct etcd_status *status);

/* The member that has raised NOSPACE, as a Status tells of it ("memberID:1 alarm:NOSPACE "); 0:
 * it tells of something else. Pure. */
uint64_t quota_alarm_member(const char *error);
