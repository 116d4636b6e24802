/* Logs once what a start waits for, if it takes long. */
/*
 * Owner:   the supervisor.
 * Threads: one, that of the loop.
 * Why:     a name server, a cluster or a disk may be slow, and the user would see nothing of it. A
 *          final refusal is logged at once by the part that finds it; this is for what may still
 *          come.
 */
#pragma once

#include "fs/base/loop.h"

struct waiting {
	struct loop *loop;
	/* Returns the object of "waiting for ..."; NULL: nothing to log. @ret_why: why it is not
	 * there yet; "": unknown. */
	const char *(*what)(void *arg, const char **ret_why);
	void *arg;
	struct timer timer;
};

/* All pointers are borrowed for its life. */
void waiting_init(struct waiting *waiting, struct loop *loop,
	const char *(*what)(void *arg, const char **ret_why), void *arg);

/* The start waits for something else from now on; waiting_end(): for nothing. */
void waiting_begin(struct waiting *waiting);
void waiting_end(struct waiting *waiting);
