/* Finds this member's role, by asking etcd for its Status repeatedly. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Rule:    one question at a time. If no answer comes in time the role is "offline"; the log is
 *          never believed. A leader is also asked for its revision repeatedly, which needs a
 *          majority. Its lease begins with the first answer, and holds after the last one as long
 *          as leader_claim.h says; before and after that the role is "candidate".
 */
#pragma once

#include "fs/api/protocol.h"
#include "fs/base/loop.h"
#include "fs/etcd/etcd.h"
#include "supervisor/etcd/leader_claim.h"

/* A question to a majority: the term in which this member sent it, and when. */
struct role_question {
	uint64_t term; /* 0: none */
	int64_t sent_ms;
};

struct role {
	struct loop *loop;
	/* The role has changed, or must be sent again before it is too old. */
	void (*on_update)(void *arg, const struct fs_role_update *update);
	/* Each answer, for the parts that need more of it. */
	void (*on_status)(void *arg, const struct etcd_reply *reply);
	/* No endpoint accepts us, and none will; or NULL. */
	void (*on_refused)(void *arg, const char *reason);
	void *arg;
	bool is_client; /* of a cluster of which we are no member */

	bool is_alone; /* nobody else can be a member: its own word is enough */

	struct etcd *etcd;
	struct source source;
	struct timer timer;	    /* the next Status */
	struct timer next_question; /* to a majority; set while the last Status says leader */
	struct timer expiry;	    /* the end of the lease */
	int interval_ms, timeout_ms, valid_ms;
	int question_ms;    /* between two questions to a majority */
	bool asking, hurry; /* a Status is under way; ask again after it */
	bool is_retired;
	int64_t asked_ms;	      /* when the last Status was asked for */
	uint64_t question_term;	      /* of the last question to a majority */
	unsigned int n_questions;     /* questions in that term */
	struct role_question refused; /* the last question that was refused */
	struct role_question settled; /* refused before the last Status was asked for */
	uint64_t past_term;	      /* the newest in which the member is known not to lead */
	int64_t elected_ms; /* since when it says that it leads in that term; 0: it does not */
	struct fs_role_update word;   /* the last Status */
	struct leader_claim claim;
	struct fs_role_update current; /* what was reported last */
	int64_t told_ms;	       /* of clock_now_ms(); the others are of clock_boot_ms() */
	char problem[512];	       /* why the last question had no answer; "": it had one */
};

/* The caller sets the fields up to is_alone; the two times are etcd's election-timeout and
 * heartbeat-interval. Returns 0 or -errno. */
int role_init(
	struct role *role, const struct etcd_config *config, int64_t election_ms, int64_t tick_ms);
void role_fini(struct role *role);

/* Begins to ask. */
void role_start(struct role *role);
/* Asks now; if a question is under way, again after its answer. */
void role_ask(struct role *role);
/* etcd has ended: offline, without asking. */
void role_lost(struct role *role);
/* etcd is about to be stopped, and transfers its leadership at once: offline before that, for
 * good. */
void role_retire(struct role *role);

/* Whether the member serves: it is up, a voter, and knows a leader. */
bool role_serves(const struct fs_role_update *update);

/* Makes it the role of a client of the cluster: follower if the cluster serves, else candidate.
 * Pure. */
void role_of_client(struct fs_role_update *update);

/* The role that a Status says. Pure. @past_term: the newest term in which the member did not lead,
 * or no longer led; 0: none is known. A Status that says leader in such a term comes from a member
 * that was just elected: etcd shows the term of the last entry that it has applied, and the first
 * entry of the new term is not yet committed. Until then it is a candidate. */
void role_of_status(const struct etcd_header *header, const struct etcd_status *status,
	uint64_t past_term, struct fs_role_update *ret);
