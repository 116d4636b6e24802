/* For how long a member's word that it leads may be passed on: decided from times alone. */
/*
 * Owner:   whoever asks the member; embedded, {0} to begin with.
 * Threads: none of its own. Pure.
 *
 * A leader that is cut off from the others learns of it only after up to two election timeouts, and
 * says "leader" until then. So its word alone is not enough: it holds for a limit after the last
 * moment at which it is proven that the member was no leader of the past. That is when
 *   - it was asked for a revision (etcd_revision()) and answered later: a majority follows;
 *   - a Status was sent that said something else than leader: it was elected after that;
 *   - the etcd process ended.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct claim {
	int64_t limit_ms;
	int64_t proven_ms; /* of clock_now_ms() */
};

/* The limit is below one and a half election timeouts, with room for the way to the reader. */
void claim_init(struct claim *claim, int64_t election_ms);

/* Proven at @at_ms; an earlier one than is known changes nothing. */
void claim_prove(struct claim *claim, int64_t at_ms);

/* How long from now on it holds; 0: it does not. */
int64_t claim_left_ms(const struct claim *claim, int64_t now_ms);
