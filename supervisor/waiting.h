/* No start waits without a word: after a while the log says what it waits for, once. */
/*
 * Owner:   the supervisor.
 * Threads: one, that of the loop.
 * Why:     a name server, a cluster or a disk may be slow, and who has typed the command sees
 * nothing of it. What is refused for good is said at once by who finds it out; this is for what may
 *          still come.
 */
#pragma once

#include "fs/base/loop.h"

struct waiting {
	struct loop *loop;
	/* The object of "waiting for ...", NULL: it need not be said; in @ret_why why it is not
	 * there yet, "": not known. */
	const char *(*what)(void *arg, const char **ret_why);
	void *arg;
	struct timer timer;
};

/* All pointers are borrowed for its life. */
void waiting_init(struct waiting *waiting, struct loop *loop,
	const char *(*what)(void *arg, const char **ret_why), void *arg);

/* From now on it waits for something else; waiting_end(): for nothing. */
void waiting_begin(struct waiting *waiting);
void waiting_end(struct waiting *waiting);
