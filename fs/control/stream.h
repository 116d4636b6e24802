/* Open streams: the changes below a directory, as lines of JSON; a read waits for the next one. */
/*
 * Owner:   the kernel's open file, and the mount's list of them.
 * Threads: the functions here are called in the FUSE thread; streams_doubt() to streams_end() in
 *          the RPC thread, in which a stream lives: reads, polls and closes reach it as tasks.
 *
 * A stream has an etcd watch of its own. When the watch is lost, it is started again from the first
 * revision that is not queued.
 *
 *   state      is left when
 *   opening    the watch stands (the open is answered), or the stream has ended at once
 *   following  the queue is full, with history: paused; with new changes: ended ("overflow")
 *              etcd no longer has the next revision: ended ("compacted")
 *              etcd has another history than was shown: ended ("replaced")
 *   paused     half of the queue is read: following from where it stood
 *   ended      never: the queue is read, whose last line says why; then comes the end of the file
 */
#pragma once

#include "fs/request/barrier.h"
#include "fs/request/op.h"

struct stream;
TAILQ_HEAD(stream_list, stream);

/* The caller sets the fields up to `barrier`, and then calls streams_init(). */
struct streams {
	const struct fs_config *config;
	struct loop *loop;
	struct etcd *etcd;
	struct mirror *mirror;
	struct requests *requests;
	const struct feed *feed;
	struct barrier *barrier;

	/* RPC thread. */
	struct stream_list list;
	size_t n;
	size_t bytes; /* in all their queues */
	bool ending;  /* the mount ends */
};

void streams_init(struct streams *streams);

#define STREAM_FROM_NOW (-1)
#define STREAMS_MAX 256 /* open at a time in a mount; one more is ENFILE */

/* Opens the stream of directory @dir, from revision @since on; 0: from the first revision. */
void stream_open(struct streams *streams, fuse_req_t req, uint64_t dir, int64_t since,
	const struct fuse_file_info *file);

/* Operations on an open stream. */
void stream_read(
	struct streams *streams, fuse_req_t req, size_t size, const struct fuse_file_info *file);
void stream_poll(struct streams *streams, fuse_req_t req, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll);
void stream_release(fuse_req_t req, const struct fuse_file_info *file);

/* The watches may have been lost unnoticed: starts each again from where it stood. */
void streams_doubt(struct streams *streams);

/* The feed has proven another connection. Of the changes that were shown, only those that the
 * mirror had by then are sure; the others must come again. */
void streams_proven(struct streams *streams);

/* The changes that were shown are not etcd's history: each stream ends with a line that says so,
 * and that etcd's own history goes on after @revision. */
void streams_replaced(struct streams *streams, int64_t revision);

/* The mount ends: all readers get the end of their file. */
void streams_end(struct streams *streams);

/* Frees the streams that nobody has closed, after the client was freed. */
void streams_free(struct streams *streams);
