/* Reaps what the kernel has given to us as its new parent. */
/*
 * Owner:   the supervisor; embedded.
 * Threads: one, that of the loop.
 * Why:     as the first process of a container, or as a subreaper, we are the parent of every
 *          process whose own has ended, and each that nobody reaps keeps its number for ever.
 */
#pragma once

#include "fs/base/loop.h"

struct reaper {
	struct loop *loop;
	struct source source; /* SIGCHLD */
	struct timer again;
};

/* Does nothing where orphans are not ours. Before the first child of the loop. 0 or -errno. */
int reaper_init(struct reaper *reaper, struct loop *loop);
void reaper_fini(struct reaper *reaper); /* one that is all zero is fine */
