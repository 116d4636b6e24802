/* Turns the name of one host into its addresses, and never waits for that. */
/*
 * Owner:   a target; resolver_free() at any time, also while a name server is being asked.
 * Threads: the dispatching thread only. Each question has a thread of its own, which nobody waits
 *          for: getaddrinfo() takes as long as its name servers do, and cannot be called off. There
 *          is never more than one for a resolver.
 * Time:    a name server that does not answer is no reason to lose an address: what a name was
 *          the last time is then taken for what it is.
 */
#pragma once

#include <stdint.h>

struct resolver;

enum resolver_state {
	RESOLVER_ASKING, /* until due_ms, or the descriptor is written to */
	RESOLVER_KNOWS,	 /* the addresses */
	RESOLVER_FAILED, /* the problem */
};

/* NULL without memory. */
struct resolver *resolver_new(const char *host);
void resolver_free(struct resolver *resolver); /* NULL is fine */

/* Asks, unless it is being asked already, or was answered a moment ago. When there is an answer
 * @wake_fd, an eventfd, is written to; it may be closed before that. */
void resolver_ask(struct resolver *resolver, int wake_fd, int64_t now_ms);

/* What became of the question; *@ret_due_ms: when that is over without an answer. */
enum resolver_state resolver_look(struct resolver *resolver, int64_t now_ms, int64_t *ret_due_ms);

/* Of RESOLVER_KNOWS: "192.0.2.1,[2001:db8::1]"; of RESOLVER_FAILED: why. Valid until the next
 * resolver_ask(). */
const char *resolver_addresses(const struct resolver *resolver);
const char *resolver_problem(const struct resolver *resolver);
