/* Which open files wait for the mount to wake them, for a successor that wakes them in its place.
 */
/*
 * Owner:   both sides of the control socket have the table; the filesystem process reports changes.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FS_POLLERS_MAX 512 /* more are not remembered */

struct fs_poller {
	uint64_t file;	 /* the number of the open file */
	uint64_t handle; /* by which the kernel is told that it is ready */
};

struct fs_pollers {
	size_t n;
	struct fs_poller list[FS_POLLERS_MAX];
};

/* Returns false if it is there already, or if there is no room. Another file of the same number,
 * whose close was not heard of, is replaced. */
bool fs_pollers_add(struct fs_pollers *pollers, const struct fs_poller *poller);

/* Returns false if the file is not there. */
bool fs_pollers_remove(struct fs_pollers *pollers, uint64_t file);
