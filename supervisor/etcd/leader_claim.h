/* For how long a member's word that it leads holds: a lease, decided from times and terms alone. */
/*
 * Owner:   whoever asks the member.
 * Threads: none of its own. Pure.
 * Time:    CLOCK_BOOTTIME, of one machine: a machine that slept has not lived through its lease.
 *
 * A leader that is cut off from the others learns of it only after up to two election timeouts, and
 * says "leader" until then. So its word alone is not enough: it holds for a limit after the last
 * question that a majority has answered was sent (etcd_revision()), and has ended before another
 * can be elected:
 *
 * - An answer of the term T in which this member leads, to a question that was sent when it already
 *   led, can only come from this member as the leader: whoever leads a later term answers with
 *   that. A majority has heard from the leader after the question was sent: its heartbeat, or its
 *   entry where the question went through the log.
 * - Who has heard from the leader forgets it no sooner than after an election timeout, counted in
 *   ticks of heartbeat-interval; before that it neither campaigns nor votes, nor gives a pre-vote.
 *   Two majorities share a member, so no other can be elected before that. The leader itself votes
 *   for nobody while it leads, and steps down by itself only when it has heard of no majority
 *   for an election timeout.
 * - Of the ticks the first may come at once, and the second with it: in etcd the loop that ticks
 *   also writes the log, and the tick that came during that write is late. So two are left out.
 *   What is then left out for the rates of the clocks is a fiftieth of the timeout.
 *
 * docs/supervision.md (Roles) says what that does not cover.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct leader_claim {
	int64_t limit_ms;
	uint64_t term;	   /* that it was proven in last; 0: in none */
	int64_t proven_ms; /* when the question was sent */
};

/* Both as etcd has them: its own timeout is a whole number of ticks. */
void leader_claim_init(struct leader_claim *claim, int64_t election_ms, int64_t tick_ms);

/* A question that was sent at @sent_ms, when the member led the term @asked, was answered in the
 * term @answered. False: that proves nothing, and the member leads another term by now, or none. */
bool leader_claim_prove(
	struct leader_claim *claim, uint64_t asked, uint64_t answered, int64_t sent_ms);

/* When the word for @term ends; 0: it was never proven. */
int64_t leader_claim_end_ms(const struct leader_claim *claim, uint64_t term);

/* How long from now on it holds; 0: it does not. */
int64_t leader_claim_left_ms(const struct leader_claim *claim, uint64_t term, int64_t now_ms);
