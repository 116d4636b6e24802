/* Which role this member has: asked of etcd by its Status, again and again. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    one question at a time. No answer in time is "offline": the log is never believed.
 *          A leader is also asked for its revision, which needs a majority, again and again: its
 *          word begins with the first answer, holds for as long as leader_claim.h says after
 *          the last, and is "candidate" before and then.
 */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "supervisor/etcd/leader_claim.h"

/* A question to a majority: in which term of this member it was sent, and when. */
struct role_question {
	uint64_t term; /* 0: none */
	int64_t sent_ms;
};

struct role {
	struct loop *loop;
	/* The role is another one, or is to be told again before it gets too old. */
	void (*on_update)(void *arg, const struct fs_role_update *update);
	/* Each answer, for who wants to know more of it. */
	void (*on_status)(void *arg, const struct etcd_reply *reply);
	/* No endpoint takes us, and none will; or NULL. */
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
	bool is_client; /* the cluster's roles are not ours */

	bool is_alone; /* nobody else can be a member: its own word is enough */

	struct etcd *etcd;
	struct source source;
	struct timer timer;	    /* the next question */
	struct timer next_question; /* to a majority; set while the last Status says leader */
	struct timer expiry;	    /* of a leader's word */
	int interval_ms, timeout_ms, valid_ms;
	int question_ms;    /* between two to a majority */
	bool asking, hurry; /* the Status */
	bool is_retired;
	int64_t asked_ms;	      /* the Status, last */
	uint64_t question_term;	      /* of the last question to a majority */
	unsigned int n_questions;     /* in that term */
	struct role_question refused; /* the last one that was refused, */
	struct role_question settled; /* and the one that was before the Status was asked */
	uint64_t past_term;	      /* the newest in which the member is known not to lead */
	int64_t elected_ms; /* since when it says that it leads in that one; 0: it does not */
	struct fs_role_update word;   /* the last Status */
	struct leader_claim claim;
	struct fs_role_update current; /* what was told last */
	int64_t told_ms;	       /* of clock_now_ms(); the others are of clock_boot_ms() */
	char problem[512];	       /* why the last question had no answer; "": it had one */
};

/* The fields up to is_alone are set by the caller, the two times are etcd's election-timeout and
 * heartbeat-interval. 0 or -errno. */
int role_init(
	struct role *role, const struct etcd_config *config, int64_t election_ms, int64_t tick_ms);
void role_fini(struct role *role);

/* Begins to ask. */
void role_start(struct role *role);
/* Asks now; if a question is under way, again after its answer. */
void role_ask(struct role *role);
/* etcd has ended: offline, without asking. */
void role_lost(struct role *role);
/* etcd is about to be ended, and hands its leadership on at once: offline before that, for good. */
void role_retire(struct role *role);

/* Does the member serve: is it up, a voter, and does it know a leader? */
bool role_serves(const struct fs_role_update *update);

/* The same of a cluster of which we are no member: it serves, or it does not. Pure. */
void role_of_client(struct fs_role_update *update);

/* What a Status says. Pure. @past_term: the newest in which the member did not lead, or has ceased
 * to, 0: none is known. A Status that says leader and such a term comes from a member that was just
 * elected: etcd shows the term of the last entry that it applied, and the first of the new term is
 * still to be committed. It is a candidate until then. */
void role_of_status(const struct etcd_header *header, const struct etcd_status *status,
	uint64_t past_term, struct fs_role_update *ret);
