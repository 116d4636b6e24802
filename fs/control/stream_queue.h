/* Lines that wait to be read. */
/*
 * Owner:   the stream, which embeds it; zero-initialised it is empty.
 * Threads: none of its own.
 */
#pragma once

#include "fs/base/buf.h"

#define STREAM_QUEUE_MAX (4 << 20)     /* bytes */
#define STREAM_QUEUES_MAX (64 << 20)   /* of all streams of a mount together, */
#define STREAM_QUEUE_SHARE (256 << 10) /* but so much of it each has for itself */

struct stream_queue {
	struct buf bytes;
	size_t head; /* bytes before it are read */
};

void stream_queue_fini(struct stream_queue *queue);

size_t stream_queue_len(const struct stream_queue *queue); /* bytes */

/* Whether @len bytes more have room, while the @others of the mount hold so many. An empty one has
 * always room. */
bool stream_queue_has_room(const struct stream_queue *queue, size_t len, size_t others);

/* Adds the lines of one revision: all or none; the @others of the mount hold so many bytes. 0;
 * -ENOBUFS: it would be too full, which an empty one never is; -ENOMEM. */
int stream_queue_add(struct stream_queue *queue, struct bytes lines, size_t others);

/* Adds the last line, whatever there is: up to STREAM_QUEUE_LAST bytes have always room after
 * stream_queue_reserve(). */
#define STREAM_QUEUE_LAST 128
int stream_queue_reserve(struct stream_queue *queue); /* 0 or -ENOMEM */
void stream_queue_add_last(struct stream_queue *queue, struct bytes line);

/* What a read of @size bytes gets: whole lines, or the part of a line that is longer. Valid until
 * the queue is changed; stream_queue_take() takes it out. */
struct bytes stream_queue_peek(const struct stream_queue *queue, size_t size);
void stream_queue_take(struct stream_queue *queue, size_t len);
