#include "fs/etcd/frame.h"

#include <errno.h>

enum { KEPT_CAPACITY = 256 * 1024 };

void frame_header_write(uint8_t header[FRAME_HEADER_SIZE], uint32_t len)
{
	header[0] = 0;
	header[1] = (uint8_t)(len >> 24);
	header[2] = (uint8_t)(len >> 16);
	header[3] = (uint8_t)(len >> 8);
	header[4] = (uint8_t)len;
}

static uint32_t frame_header_len(const uint8_t *header)
{
	return (uint32_t)header[1] << 24 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 8 |
	       header[4];
}

void frame_reader_fini(struct frame_reader *reader)
{
	buf_fini(&reader->buf);
	reader->start = 0;
}

void frame_reader_clear(struct frame_reader *reader)
{
	if (reader->buf.capacity > KEPT_CAPACITY)
		buf_fini(&reader->buf);
	buf_clear(&reader->buf);
	reader->start = 0;
}

int frame_reader_feed(struct frame_reader *reader, const void *data, size_t len)
{
	if (reader->start) {
		buf_consume(&reader->buf, reader->start);
		reader->start = 0;
	}
	return buf_append(&reader->buf, data, len);
}

int frame_reader_next(struct frame_reader *reader, struct bytes *ret_message)
{
	size_t left = reader->buf.len - reader->start;
	const uint8_t *header;
	uint32_t len;

	if (!left)
		return 0;
	header = reader->buf.data + reader->start;
	if (header[0] != 0)
		return -EIO;
	if (left < FRAME_HEADER_SIZE)
		return 0;
	len = frame_header_len(header);
	if (reader->max && len > reader->max) {
		reader->too_large = len;
		return -EMSGSIZE;
	}
	if (len > FRAME_MESSAGE_MAX)
		return -EIO;
	if (left - FRAME_HEADER_SIZE < len)
		return 0;
	*ret_message = (struct bytes){header + FRAME_HEADER_SIZE, len};
	reader->start += FRAME_HEADER_SIZE + (size_t)len;
	return 1;
}

int frame_reader_keep(struct frame_reader *reader, struct buf *ret)
{
	if (reader->start != reader->buf.len)
		return -EIO;
	*ret = reader->buf;
	reader->buf = (struct buf){0};
	reader->start = 0;
	return 0;
}

bool frame_reader_is_drained(const struct frame_reader *reader)
{
	return reader->start == reader->buf.len;
}
