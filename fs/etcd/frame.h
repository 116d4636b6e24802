/* gRPC's framing: for each message a flag byte, four bytes of length, and the message. */
/*
 * Owner:   the struct that embeds the reader. Pure: no input, no output, no clock.
 * Memory:  grows with the bytes that have arrived, never with the length in a header.
 */
#pragma once

#include "fs/base/buf.h"

enum {
	FRAME_HEADER_SIZE = 5,
	FRAME_MESSAGE_MAX = 256 << 20, /* far above any value that etcd takes */
};

/* Writes the header of an uncompressed message of @len bytes. */
void frame_header_write(uint8_t header[FRAME_HEADER_SIZE], uint32_t len);

/* Zero-initialised ({0}) is a reader at the start of a stream. */
struct frame_reader {
	struct buf buf;
	size_t start;	  /* offset in buf of the first byte not read yet */
	size_t max;	  /* limit of a message in bytes; 0: FRAME_MESSAGE_MAX */
	size_t too_large; /* size of the message that was over @max */
};

void frame_reader_fini(struct frame_reader *reader);

/* Begins a new stream; keeps a little memory for it. */
void frame_reader_clear(struct frame_reader *reader);

/* Appends the next bytes of the stream; pieces may be cut anywhere. 0 or -ENOMEM. */
int frame_reader_feed(struct frame_reader *reader, const void *data, size_t len);

/* 1: *@ret_message is the next message, valid until the next feed; 0: the stream has no whole
 * message yet; -EMSGSIZE: a message over @max has begun; -EIO: not valid gRPC (compressed, or,
 * without a @max, longer than FRAME_MESSAGE_MAX). */
int frame_reader_next(struct frame_reader *reader, struct bytes *ret_message);

/* Takes over the bytes that @ret_message points into, which frame_reader_next() has just set:
 * *@ret, an empty buffer, then owns them. 0, or -EIO: something follows the message. */
int frame_reader_keep(struct frame_reader *reader, struct buf *ret);

/* Whether the stream may end here: no incomplete message is left. */
bool frame_reader_is_drained(const struct frame_reader *reader);
