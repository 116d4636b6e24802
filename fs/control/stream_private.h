/* What the files of a stream share: its state, and its watch. RPC thread only. */
#pragma once

#include "fs/control/stream.h"
#include "fs/control/stream_queue.h"
#include "fs/request/history.h"

struct stream {
	struct streams *streams;
	struct mirror_range range;
	TAILQ_ENTRY(stream) entry;
	struct stream_queue queue;
	size_t counted; /* of it, in the mount's stream_bytes */

	int64_t since;	 /* the first revision that is wanted */
	int64_t next;	 /* the first revision whose lines are not queued */
	int64_t history; /* the last revision that was there at the open */
	struct history shown;
	uint64_t connection; /* to the etcd that has shown them, or the same again */
	int64_t sure;	     /* what is shown up to here the feed's etcd has as well */
	uint64_t watch;
	bool watching; /* its end will be told */
	bool dropped;  /* the watch that is ending is no good: from `next` again */
	bool early;    /* because the feed knows nothing of its connection yet */
	bool paused;
	size_t lacking; /* bytes that had no room when it was paused */
	bool ended;
	bool closed; /* by its reader: only the end of the watch is still awaited */
	struct timer retry;

	struct op_list openers; /* one, until it is open */
	struct op_list readers;
	struct fuse_pollhandle *poll; /* who polls wants to be told; NULL: nobody */
	struct task release;
};

/* --- streams.c --- */

/* A read would not wait. */
bool stream_readable(const struct stream *stream);

/* There may be something to read. */
void stream_wake(struct stream *stream);

/* The watch stands, or has ended for good with @error. */
void stream_opened(struct stream *stream, int error);

/* The queue has another length. */
void stream_count(struct stream *stream);

void stream_free(struct stream *stream);

/* --- stream_watch.c --- */

void stream_watch_init(struct stream *stream);

/* Follows from `next` on. */
void stream_watch_start(struct stream *stream);

/* A paused one goes on if there is room again. */
void stream_watch_resume(struct stream *stream);

/* No more comes from the watch; true when nothing of it is under way any more. */
bool stream_watch_stop(struct stream *stream);
