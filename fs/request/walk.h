/* Follows each thread along the path that it walks: the kernel looks a path up name by name. */
/*
 * Owner:   the mount.
 * Threads: any; walks_step(), and its result `now`, the FUSE thread.
 *
 * A call that names a path is a LOOKUP for each name, and then a request for the last node. The
 * kernel does not say which requests belong to one call, but a thread makes one call at a time, so
 * its requests follow each other. From one request of a thread to the next we keep:
 *
 *   - The node that its last LOOKUP was given, and the directory of that node. The next request for
 *     one of these comes from a path; one for another node comes from a descriptor or a working
 *     directory. A node that was given from memory may be gone, so that the path may never have
 *     led there during the call. A node that was given behind a barrier is confirmed.
 *   - That it was answered ESTALE. The kernel then walks the whole path once more, and all nodes
 *     that the second walk is given are confirmed, by the barrier of the first.
 *
 * Where the kernel checks modes, it asks for the attributes of each node on the way: of a directory
 * just before it looks a name up in it, and of the last node before it opens that. After the last
 * LOOKUP it does not always send another request (inotify_add_watch(2) sends none, nor does an open
 * with O_PATH), so there each LOOKUP is confirmed. A GETATTR and the next request of the thread, if
 * it is a LOOKUP in that directory or an OPEN of that node, are of one call: they share a barrier.
 * The GETATTR cannot share that of the LOOKUP before it, because it may be the first request of the
 * next call (an fstat(2) of what was opened with O_PATH).
 *
 * The kernel looks a name up twice in one walk when it knew another node for it; the second LOOKUP
 * is in the same directory. A thread of another pid namespace has no number, and nothing is kept of
 * it.
 */
#pragma once

#include "fs/base/lock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WALKS 1024

/* How a request has come to its node. */
struct walk {
	bool known;	/* the walk is fully known: the other fields can be relied on */
	bool by_path;	/* by a LOOKUP of the same call */
	bool confirmed; /* by_path: the path led there during the call */
	bool current;	/* where modes are checked: this call has just had a barrier */
};

struct walk_place {
	uint64_t id; /* 0: none */
	bool confirmed;
};

struct walk_slot {
	pid_t thread; /* 0: free */
	struct walk_place given, in;
	uint64_t looked; /* the directory of the last LOOKUP */
	bool asked;	 /* for the attributes of `given`, which is still to be used */
	uint64_t fresh;	 /* the last request was a GETATTR of this node; 0: none */
	int64_t fresh_ms;
	uint64_t stale; /* the node for which ESTALE was answered; 0: none */
	bool again;	/* the second walk has begun */
	bool missing;	/* the last LOOKUP has found nothing */
	int64_t since_ms;
};

struct walks {
	struct lock lock; /* the slots */
	struct walk_slot slots[WALKS];
	bool checked;	 /* the kernel checks modes, and asks for attributes on the way */
	bool kept;	 /* the kernel keeps names: only in a second walk it asks for all of them */
	struct walk now; /* of the request that the FUSE thread is handling */
};

/* @checked and @kept: as in `struct walks`. */
void walks_init(struct walks *walks, bool checked, bool kept);
void walks_fini(struct walks *walks);

/* Records the next request of @thread, with its FUSE_... number, for node @id, and sets `now`. */
void walks_step(struct walks *walks, pid_t thread, uint32_t opcode, uint64_t id);

/* Each of the following is called before the answer is sent. */

/* A LOOKUP is answered with node @id. @confirmed: behind a barrier. Returns false if that cannot be
 * recorded; then an unconfirmed node must not be the answer. */
bool walks_give(struct walks *walks, pid_t thread, uint64_t id, bool confirmed);

/* A GETATTR is answered without a barrier, so that the next request cannot share one. */
void walks_unsure(struct walks *walks, pid_t thread);

/* The answer is that the name does not exist. */
void walks_missing(struct walks *walks, pid_t thread);

/* The answer is ESTALE for node @id, behind a barrier. @of_name: the request was for a name in
 * it. */
void walks_stale(struct walks *walks, pid_t thread, uint64_t id, bool of_name);
