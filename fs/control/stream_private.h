/* Shared by the files of a stream: its state and its watch. RPC thread only. */
#pragma once

#include "fs/control/stream.h"
#include "fs/control/stream_queue.h"
#include "fs/request/history.h"

struct stream {
	struct streams *streams;
	struct mirror_range range;
	TAILQ_ENTRY(stream) entry;
	struct stream_queue queue;
	size_t counted; /* bytes of the queue that are counted in streams->bytes */

	int64_t since;	 /* the first revision that the reader wants */
	int64_t next;	 /* the first revision whose lines are not queued */
	int64_t history; /* the last revision of the mirror at the open */
	struct history shown;
	uint64_t connection; /* the connection on which they were shown, or came again */
	int64_t sure;	     /* the feed's etcd has the revisions up to here as well */
	uint64_t watch;
	bool watching; /* its end will be reported */
	bool dropped;  /* the watch that is ending is ignored, and started again from `next` */
	bool early;    /* dropped, because the feed has not proven its connection yet */
	bool paused;
	size_t lacking; /* bytes that did not fit when it was paused */
	bool ended;
	bool closed; /* by its reader: it is freed at the end of the watch */
	struct timer retry;

	struct op_list openers; /* the op that opens it, until it is open */
	struct op_list readers;
	struct fuse_pollhandle *poll; /* to wake the process that polls; NULL: none */
	struct task release;
};

/* --- streams.c --- */

/* Whether a read would not wait. */
bool stream_readable(const struct stream *stream);

/* Resumes readers and wakes the poller, if there is something to read. */
void stream_wake(struct stream *stream);

/* Answers the open: the watch stands, or has ended for good with @error. */
void stream_opened(struct stream *stream, int error);

/* Counts the queue's new length in streams->bytes. */
void stream_count(struct stream *stream);

void stream_free(struct stream *stream);

/* --- stream_watch.c --- */

void stream_watch_init(struct stream *stream);

/* Starts the watch from `next`. */
void stream_watch_start(struct stream *stream);

/* Starts the watch of a paused stream again, if the queue has room. */
void stream_watch_resume(struct stream *stream);

/* Ends the watch. Returns true if none was under way, so that none will be reported. */
bool stream_watch_stop(struct stream *stream);
