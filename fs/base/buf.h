/* Bytes with a length: a view (struct bytes), and a buffer that grows (struct buf). */
/*
 * Owner:   a view (struct bytes) owns nothing and is valid as long as the bytes that it points to;
 *          a buffer (struct buf) owns its bytes.
 * Threads: no lock; the caller keeps two threads from using one buffer at once.
 */
#pragma once

#include "fs/base/cleanup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const uint8_t *data;
	size_t len;
};

#define BYTES_LITERAL(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

/* The bytes of @string without its NUL. */
struct bytes bytes_of(const char *string);

/* Bytewise order, as etcd orders keys: <0, 0 or >0. A prefix comes before any longer string that
 * begins with it. */
int bytes_compare(struct bytes a, struct bytes b);
bool bytes_equal(struct bytes a, struct bytes b);

/* A view of at most @size bytes of @bytes, from @offset on; empty when @offset is behind the
 * end. */
struct bytes bytes_slice(struct bytes bytes, uint64_t offset, size_t size);
bool bytes_has_prefix(struct bytes bytes, struct bytes prefix);

/* Zero-initialised ({0}) is an empty buffer. */
struct buf {
	uint8_t *data;
	size_t len;
	size_t capacity;
};

void buf_fini(struct buf *buf); /* frees the bytes and leaves an empty buffer */

static inline void buf_cleanup(struct buf *buf) /* CLEANUP(buf) struct buf b = {0}; */
{
	buf_fini(buf);
}

/* Each returns 0 or -ENOMEM, and on failure leaves the buffer as it was. */
int buf_reserve(struct buf *buf, size_t more); /* room for @more bytes after len */
int buf_append(struct buf *buf, const void *data, size_t len);
int buf_append_bytes(struct buf *buf, struct bytes bytes);
int buf_append_byte(struct buf *buf, uint8_t byte);
int buf_resize(struct buf *buf, size_t len); /* new bytes are zero */
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops the first @count bytes (at most len). */
void buf_consume(struct buf *buf, size_t count);
void buf_clear(struct buf *buf); /* len 0; keeps the memory */

/* A view that is valid until the buffer is changed. */
struct bytes buf_bytes(const struct buf *buf);

/* A copy of @bytes that the caller frees, or NULL when memory is short. An empty @bytes gives a
 * valid pointer too. */
uint8_t *bytes_dup(struct bytes bytes);
