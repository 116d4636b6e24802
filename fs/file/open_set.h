/* What the kernel has open: so that what is still open when a mount ends is freed with it. */
/*
 * Owner:   the mount; each open file and directory embeds its entry.
 * Threads: any.
 */
#pragma once

#include "fs/base/lock.h"

#include <sys/queue.h>

struct open_entry {
	void (*free)(void *arg);
	void *arg;
	TAILQ_ENTRY(open_entry) entry;
};

TAILQ_HEAD(open_list, open_entry);

struct open_set {
	struct lock lock; /* the list */
	struct open_list list;
};

void open_set_init(struct open_set *set);
void open_set_fini(struct open_set *set); /* frees what is left */

/* @free(@arg) will be called if open_set_remove() is not. */
void open_set_add(
	struct open_set *set, struct open_entry *opened, void (*free)(void *arg), void *arg);
void open_set_remove(struct open_set *set, struct open_entry *opened);
