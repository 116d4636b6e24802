#include "fs/control/stream_queue.h"

#include <errno.h>
#include <string.h>

/* The kernel splits a large read into requests. After a request that was filled it sends the
 * next one, which would wait although the reader has bytes. So a request of this size is never
 * filled. */
#define WHOLE_REQUEST (64 << 10)

void stream_queue_fini(struct stream_queue *queue)
{
	buf_fini(&queue->bytes);
	queue->head = 0;
}

size_t stream_queue_len(const struct stream_queue *queue)
{
	return queue->bytes.len - queue->head;
}

int stream_queue_reserve(struct stream_queue *queue)
{
	return buf_reserve(&queue->bytes, STREAM_QUEUE_LAST);
}

bool stream_queue_has_room(const struct stream_queue *queue, size_t len, size_t others)
{
	size_t size = stream_queue_len(queue) + len;

	return size == len || size <= STREAM_QUEUE_SHARE ||
	       (size <= STREAM_QUEUE_MAX && others + size <= STREAM_QUEUES_MAX);
}

int stream_queue_add(struct stream_queue *queue, struct bytes lines, size_t others)
{
	int r;

	if (!stream_queue_has_room(queue, lines.len, others))
		return -ENOBUFS;
	r = buf_reserve(&queue->bytes, lines.len + STREAM_QUEUE_LAST);
	return r < 0 ? r : buf_append_bytes(&queue->bytes, lines);
}

void stream_queue_add_last(struct stream_queue *queue, struct bytes line)
{
	buf_append_bytes(&queue->bytes, line);
}

/* Where the last line ends that is whole within the first @size bytes; 0: there is none. */
static size_t lines_end(struct bytes bytes, size_t size)
{
	const uint8_t *newline = memrchr(bytes.data, '\n', size);

	return newline ? newline - bytes.data + 1 : 0;
}

struct bytes stream_queue_peek(const struct stream_queue *queue, size_t size)
{
	struct bytes bytes = {0};
	size_t whole;

	if (stream_queue_len(queue) == 0)
		return bytes;
	bytes = (struct bytes){queue->bytes.data + queue->head, stream_queue_len(queue)};
	if (size >= WHOLE_REQUEST)
		size--;
	if (bytes.len <= size)
		return bytes;
	whole = lines_end(bytes, size);
	bytes.len = whole ? whole : size;
	return bytes;
}

/* Frees the memory of an empty queue that was long. */
static void queue_shrink(struct stream_queue *queue)
{
	struct stream_queue empty = {0};

	if (queue->bytes.capacity <= STREAM_QUEUE_SHARE || stream_queue_reserve(&empty) < 0)
		return;
	stream_queue_fini(queue);
	*queue = empty;
}

/* Bytes that were read are dropped once they are the larger part, so that each byte moves about
 * once. */
void stream_queue_take(struct stream_queue *queue, size_t len)
{
	queue->head += len;
	if (stream_queue_len(queue) == 0)
		queue_shrink(queue);
	if (queue->head < queue->bytes.len / 2)
		return;
	buf_consume(&queue->bytes, queue->head);
	queue->head = 0;
}
