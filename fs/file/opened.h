/* What the kernel has open: so that what is still open when a mount ends is freed with it. */
/*
 * Owner:   the mount; each open file and directory embeds its entry.
 * Threads: any.
 */
#pragma once

#include "fs/base/lock.h"

#include <sys/queue.h>

struct opened {
	void (*free)(void *arg);
	void *arg;
	TAILQ_ENTRY(opened) entry;
};

TAILQ_HEAD(opened_list, opened);

struct opened_set {
	struct lock lock; /* the list */
	struct opened_list list;
};

void opened_init(struct opened_set *set);
void opened_fini(struct opened_set *set); /* frees what is left */

/* @free(@arg) will be called if opened_remove() is not. */
void opened_add(struct opened_set *set, struct opened *opened, void (*free)(void *arg), void *arg);
void opened_remove(struct opened_set *set, struct opened *opened);
