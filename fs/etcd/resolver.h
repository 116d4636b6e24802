/* Resolves the name of one host to its addresses, without ever waiting. */
/*
 * Owner:   a target; resolver_free() may be called at any time, also while a name server is asked.
 * Threads: the dispatching thread only. Each question has a thread of its own, at most one at a
 *          time for a resolver. No thread waits for it, because getaddrinfo() takes as long as its
 *          name servers do and cannot be cancelled.
 * Time:    while the name servers do not answer, the last known addresses are used.
 */
#pragma once

#include <stdint.h>

struct resolver;

enum resolver_state {
	RESOLVER_ASKING, /* wait until due_ms, or until wake_fd is written to */
	RESOLVER_KNOWS,	 /* the addresses are known */
	RESOLVER_FAILED, /* see resolver_problem() */
};

/* NULL without memory. */
struct resolver *resolver_new(const char *host);
void resolver_free(struct resolver *resolver); /* NULL is fine */

/* Asks the name servers, unless a question is under way or was answered a moment ago. The resolver
 * writes to @wake_fd, an eventfd, when there is an answer; the caller may close @wake_fd before. */
void resolver_ask(struct resolver *resolver, int wake_fd, int64_t now_ms);

/* The state of the question. *@ret_due_ms: when RESOLVER_ASKING ends, without an answer, at the
 * latest. */
enum resolver_state resolver_look(struct resolver *resolver, int64_t now_ms, int64_t *ret_due_ms);

/* The addresses after RESOLVER_KNOWS ("192.0.2.1,[2001:db8::1]"), the reason after RESOLVER_FAILED.
 * Valid until the next resolver_ask() or resolver_look(). */
const char *resolver_addresses(const struct resolver *resolver);
const char *resolver_problem(const struct resolver *resolver);
