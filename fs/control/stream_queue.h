/* A queue of lines that wait to be read. */
/*
 * Owner:   the stream, which embeds it; zero-initialised it is empty.
 * Threads: none of its own.
 */
#pragma once

#include "fs/base/buf.h"

#define STREAM_QUEUE_MAX (4 << 20)     /* bytes */
#define STREAM_QUEUES_MAX (64 << 20)   /* bytes, of all streams of a mount together; */
#define STREAM_QUEUE_SHARE (256 << 10) /* each may use this much in any case */

struct stream_queue {
	struct buf bytes;
	size_t head; /* the bytes before it have been read */
};

void stream_queue_fini(struct stream_queue *queue);

size_t stream_queue_len(const struct stream_queue *queue); /* bytes */

/* Whether there is room for @len bytes more; the mount's other queues hold @others bytes. An empty
 * queue has room for any length. */
bool stream_queue_has_room(const struct stream_queue *queue, size_t len, size_t others);

/* Adds the lines of one revision: all or none; the mount's other queues hold @others bytes. Returns
 * 0; -ENOBUFS: the queue would be too full, which is never said of an empty one; -ENOMEM. */
int stream_queue_add(struct stream_queue *queue, struct bytes lines, size_t others);

/* Adds the last line, however full the queue is: after stream_queue_reserve() there is always room
 * for STREAM_QUEUE_LAST bytes. */
#define STREAM_QUEUE_LAST 128
int stream_queue_reserve(struct stream_queue *queue); /* 0 or -ENOMEM */
void stream_queue_add_last(struct stream_queue *queue, struct bytes line);

/* The bytes for a read of @size bytes: whole lines, or a part of a line that is longer. Valid until
 * the queue changes; stream_queue_take() removes them. */
struct bytes stream_queue_peek(const struct stream_queue *queue, size_t size);
void stream_queue_take(struct stream_queue *queue, size_t len);
