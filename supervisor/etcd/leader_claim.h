/* How long a member may say that it leads: a lease, decided from times and terms alone. */
/*
 * Owner:   whoever asks the member.
 * Threads: none of its own. Pure.
 * Time:    CLOCK_BOOTTIME of one machine, because a lease also ends while the machine sleeps.
 *
 * A leader that is cut off from the others finds out only after up to two election timeouts, and
 * says "leader" until then. So its word is not enough. The lease is a limit after the moment at
 * which the last question answered by a majority (etcd_revision()) was sent, and it ends before
 * another member can be elected:
 *
 * - An answer of term T in which this member leads, to a question that was sent when it already
 *   led, can only come from this member as the leader, because the leader of a later term answers
 *   with that term. A majority has heard from the leader after the question was sent: its
 *   heartbeat, or its entry if the question went through the log.
 * - A member that has heard from the leader forgets it no sooner than after an election timeout,
 *   counted in ticks of heartbeat-interval; before that it neither campaigns nor votes, nor grants
 *   a pre-vote. Two majorities share a member, so nobody else can be elected before that. The
 *   leader itself votes for nobody while it leads, and steps down by itself only when it has heard
 *   of no majority for an election timeout.
 * - The first tick may come at once, and the second with it: in etcd the loop that ticks also
 *   writes the log, and a tick that is due during that write is late. So two ticks are subtracted,
 *   and a fiftieth of the timeout for the rates of the clocks.
 *
 * docs/supervision.md (Roles) says what that does not cover.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct leader_claim {
	int64_t limit_ms;
	uint64_t term;	   /* in which the lease was last proven; 0: never */
	int64_t proven_ms; /* when the question of that proof was sent */
};

/* Both as given to etcd, whose own timeout is a whole number of ticks. */
void leader_claim_init(struct leader_claim *claim, int64_t election_ms, int64_t tick_ms);

/* A question that was sent at @sent_ms, when the member led term @asked, was answered in term
 * @answered. Returns false if that proves nothing: the member leads another term by now, or
 * none. */
bool leader_claim_prove(
	struct leader_claim *claim, uint64_t asked, uint64_t answered, int64_t sent_ms);

/* When the lease for @term ends; 0: it was never proven. */
int64_t leader_claim_end_ms(const struct leader_claim *claim, uint64_t term);

/* How long the lease holds from now on; 0: it does not. */
int64_t leader_claim_left_ms(const struct leader_claim *claim, uint64_t term, int64_t now_ms);
