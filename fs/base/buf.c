#include "fs/base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct bytes bytes_of(const char *string)
{
	return (struct bytes){(const uint8_t *)string, strlen(string)};
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.data, b.data, common) : 0;

	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

struct bytes bytes_slice(struct bytes bytes, uint64_t offset, size_t size)
{
	if (offset >= bytes.len)
		return (struct bytes){0};
	if (size > bytes.len - offset)
		size = bytes.len - offset;
	return (struct bytes){bytes.data + offset, size};
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && bytes_compare(a, b) == 0;
}

bool bytes_has_prefix(struct bytes bytes, struct bytes prefix)
{
	if (bytes.len < prefix.len)
		return false;
	return bytes_equal((struct bytes){bytes.data, prefix.len}, prefix);
}

uint8_t *bytes_dup(struct bytes bytes)
{
	uint8_t *copy = malloc(bytes.len + 1);

	if (copy && bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	return copy;
}

void buf_fini(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

int buf_reserve(struct buf *buf, size_t more)
{
	size_t need, capacity;
	uint8_t *data;

	if (__builtin_add_overflow(buf->len, more, &need))
		return -ENOMEM;
	if (need <= buf->capacity)
		return 0;
	capacity = buf->capacity ? buf->capacity : 64;
	while (capacity < need)
		capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
	data = realloc(buf->data, capacity);
	if (!data)
		return -ENOMEM;
	buf->data = data;
	buf->capacity = capacity;
	return 0;
}

int buf_append(struct buf *buf, const void *data, size_t len)
{
	int r = buf_reserve(buf, len);

	if (r < 0)
		return r;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	return 0;
}

int buf_append_bytes(struct buf *buf, struct bytes bytes)
{
	return buf_append(buf, bytes.data, bytes.len);
}

int buf_append_byte(struct buf *buf, uint8_t byte)
{
	return buf_append(buf, &byte, 1);
}

int buf_resize(struct buf *buf, size_t len)
{
	if (len > buf->len) {
		int r = buf_reserve(buf, len - buf->len);
		if (r < 0)
			return r;
		memset(buf->data + buf->len, 0, len - buf->len);
	}
	buf->len = len;
	return 0;
}

int buf_printf(struct buf *buf, const char *format, ...)
{
	CLEANUP(free) char *text = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) {
		text = NULL;
		return -ENOMEM;
	}
	return buf_append(buf, text, len);
}

void buf_consume(struct buf *buf, size_t count)
{
	if (count >= buf->len) {
		buf->len = 0;
		return;
	}
	if (count)
		memmove(buf->data, buf->data + count, buf->len - count);
	buf->len -= count;
}

void buf_clear(struct buf *buf)
{
	buf->len = 0;
}

struct bytes buf_bytes(const struct buf *buf)
{
	return (struct bytes){buf->data, buf->len};
}
