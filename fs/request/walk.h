/* How far threads have come that walk a path: the kernel asks for it name by name. */
/*
 * Owner:   the mount.
 * Threads: any; walks_step() and what it says (`now`) the FUSE thread.
 *
 * A call that names a path is a LOOKUP for each name, and then what is asked of the last node.
 * Which requests are of one call the kernel does not say, but a thread makes one call at a time, so
 * its requests follow each other. Kept of it, from one request to the next, is
 *
 *   - the node that its last LOOKUP was given, and the one in which that was. What it asks of these
 *     next it asks by a path; what it asks of another comes from a descriptor or a working
 *     directory. A node that was given from memory may be gone, so that the path never led there in
 *     the time of the call; one that was given behind a barrier is confirmed;
 *   - that it was answered ESTALE. The kernel then walks the whole path once more, and all that the
 *     second walk is given is confirmed, by the barrier of the first.
 *
 * Where it checks modes it asks for the attributes of what a LOOKUP has given, of directories on
 * the way and in the end. What it is told then is not always asked for once more (by
 * inotify_add_watch(2) it is not), so there each LOOKUP is confirmed, and GETATTR needs no barrier.
 *
 * The kernel looks a name up twice in one walk where it had another node for it: again in the same
 * directory. A thread of another pid namespace has no number, and nothing is kept of it.
 */
#pragma once

#include "fs/base/lock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WALKS 1024

/* How a request has come to its node. */
struct walk {
	bool known;	/* what there is to know of it: the rest is right */
	bool by_path;	/* by a LOOKUP of the same call */
	bool confirmed; /* by_path: the path led there in the time of the call */
	bool current;	/* confirmed just now, where modes are checked: a read needs no barrier */
};

struct walk_place {
	uint64_t id; /* 0: none */
	bool confirmed, current;
};

struct walk_slot {
	pid_t thread; /* 0: free */
	struct walk_place given, in;
	uint64_t looked; /* the directory of the last LOOKUP */
	bool asked;	 /* for the attributes of `given`, which is still to be used */
	uint64_t stale; /* of this it was answered ESTALE; 0: of none */
	bool again;	/* and the second walk has begun */
	bool missing;	/* the last LOOKUP has found nothing */
	int64_t since_ms;
};

struct walks {
	struct lock lock; /* the slots */
	struct walk_slot slots[WALKS];
	bool checked;	 /* the kernel checks modes, and asks for them on the way */
	bool kept;	 /* it keeps names: only of those of a second walk it asks them all */
	struct walk now; /* of the request that the FUSE thread is at */
};

/* @checked, @kept: of `struct walks`. */
void walks_init(struct walks *walks, bool checked, bool kept);
void walks_fini(struct walks *walks);

/* The thread's next request, by its FUSE_... number, for node @id: sets `now`. */
void walks_step(struct walks *walks, pid_t thread, uint32_t opcode, uint64_t id);

/* Each before the answer. */

/* To a LOOKUP, with node @id, @confirmed by a barrier; @open: somebody has it open. False: it
 * cannot be kept, so what is not confirmed must not be answered. */
bool walks_give(struct walks *walks, pid_t thread, uint64_t id, bool confirmed, bool open);

/* That there is no such name. */
void walks_missing(struct walks *walks, pid_t thread);

/* ESTALE, of node @id, behind a barrier; @of_name: to what was asked of a name in it. */
void walks_stale(struct walks *walks, pid_t thread, uint64_t id, bool of_name);
