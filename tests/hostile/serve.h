/* The answers of an honest etcd to each request. */
/*
 * Owner:   the caller of everything.
 * Threads: one.
 */
#pragma once

#include "tests/hostile/store.h"

struct serving {
	struct store store;
	uint64_t cluster_id;
};

/* A watch that stands, and the revision that it shows next; one block of memory. */
struct watcher {
	int64_t next;
	ProtobufCBinaryData key, range_end;
	uint8_t text[];
};

/* An answer: messages, each in its frame, and the status; a watch goes on. */
struct reply {
	struct buf frames;
	int code;
	const char *words;
	struct watcher *watcher;
};

/* Answers @message, a request to @path. The caller frees @ret's frames, and its watcher. */
void serve(struct serving *serving, const char *path, struct bytes message, struct reply *ret);

/* Appends the frame with what @watcher has not shown yet. Whether there was any. */
bool serve_watch(const struct serving *serving, struct watcher *watcher, struct buf *ret);

/* Appends @message in its frame. */
void serve_frame(struct buf *ret, struct bytes message);
