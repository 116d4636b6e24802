/* Open streams: what changes below a directory, as lines of JSON that a read waits for. */
/*
 * Owner:   the kernel's open file, and the mount's list of them.
 * Threads: the functions here are called in the FUSE thread, but for the last four: RPC thread. A
 *          stream itself lives in the RPC thread; reads, polls and closes come to it as tasks.
 *
 * A stream has an etcd watch of its own, which is started again where it stood when it is lost.
 *
 *   state      is left when
 *   opening    the watch stands (the open is answered), or there is nothing to watch any more
 *   following  the queue is full in the history: paused; among new changes: ended ("overflow")
 *              etcd has not the next revision any more: ended ("compacted")
 *              another history, in which what was shown never happened: ended ("replaced")
 *   paused     half of the queue is read: following from where it stood
 *   ended      never: what is queued is read, with the line that says why as the last; then it is
 *              the end of the file
 */
#pragma once

#include "fs/request/barrier.h"
#include "fs/request/op.h"

struct stream;
TAILQ_HEAD(stream_list, stream);

/* The fields up to `barrier` are the caller's, who then calls streams_init(). */
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
	bool ending;  /* the mount does */
};

void streams_init(struct streams *streams);

#define STREAM_FROM_NOW (-1)
#define STREAMS_MAX 256 /* open at a time, of a mount: one more is ENFILE */

/* Opens the stream of directory @dir from revision @since on, 0: from the first. */
void stream_open(struct streams *streams, fuse_req_t req, uint64_t dir, int64_t since,
	const struct fuse_file_info *file);

/* On an open one. */
void stream_read(
	struct streams *streams, fuse_req_t req, size_t size, const struct fuse_file_info *file);
void stream_poll(struct streams *streams, fuse_req_t req, const struct fuse_file_info *file,
	struct fuse_pollhandle *poll);
void stream_release(fuse_req_t req, const struct fuse_file_info *file);

/* Their watches may have been lost without knowing it: each is started again where it stood. */
void streams_doubt(struct streams *streams);

/* The feed has proven another connection: of what they have shown only what the mirror had by then
 * is sure, until the rest has come again. */
void streams_proven(struct streams *streams);

/* What has been shown is not etcd's history: they end with a line that says so, and that the other
 * one goes on behind @revision. */
void streams_replaced(struct streams *streams, int64_t revision);

/* The mount ends: all readers are at the end of their file. */
void streams_end(struct streams *streams);

/* After the client has been freed: those that nobody has closed. */
void streams_free(struct streams *streams);
