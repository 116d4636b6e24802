/* Reaps orphans whose new parent we have become. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Why:     as the first process of a container, or as a subreaper, we become the parent of every
 *          process whose own parent has ended; one that nobody reaps keeps its pid for ever.
 */
#pragma once

#include "fs/base/loop.h"

struct reaper {
	struct loop *loop;
	struct source source; /* SIGCHLD */
	struct timer again;
};

/* Does nothing if we do not get orphans. Call it before the loop's first child. Returns 0 or
 * -errno. */
int reaper_init(struct reaper *reaper, struct loop *loop);
void reaper_fini(struct reaper *reaper); /* may be called when all is zero */
