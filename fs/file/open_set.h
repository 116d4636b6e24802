/* The open files and directories of the kernel, so that those left when a mount ends are freed with
 * it. */
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
	struct lock lock; /* the rest */
	struct open_list list;
	size_t n;
};

void open_set_init(struct open_set *set);
void open_set_fini(struct open_set *set); /* frees the entries that are left */

/* open_set_fini() calls @free(@arg) unless open_set_remove() comes first. */
void open_set_add(
	struct open_set *set, struct open_entry *opened, void (*free)(void *arg), void *arg);
void open_set_remove(struct open_set *set, struct open_entry *opened);

size_t open_set_count(struct open_set *set);
