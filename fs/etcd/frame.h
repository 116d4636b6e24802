/* gRPC's framing: a flag byte, four bytes of length, the message; and again, until the end. */
/*
 * Owner:   whoever embeds the reader. Pure: no input, no output, no clock.
 * Memory:  grows with what has arrived, never with what a length promises.
 */
#pragma once

#include "fs/base/buf.h"

enum {
	FRAME_HEADER_SIZE = 5,
	FRAME_MESSAGE_MAX = 1 << 30,
};

/* Writes the header of a message of @len bytes that is not compressed. */
void frame_header_write(uint8_t header[FRAME_HEADER_SIZE], uint32_t len);

/* Zero-initialised ({0}) is a reader at the start of a stream. */
struct frame_reader {
	struct buf buf;
	size_t start;	  /* of what has not been read yet, in buf */
	size_t max;	  /* bytes of a message; 0: FRAME_MESSAGE_MAX */
	size_t too_large; /* what a message over @max would have had */
};

void frame_reader_fini(struct frame_reader *reader);

/* Back to the start of a stream; keeps a little memory for the next one. */
void frame_reader_clear(struct frame_reader *reader);

/* Takes the next piece of the stream, cut anywhere. 0 or -ENOMEM. */
int frame_reader_feed(struct frame_reader *reader, const void *data, size_t len);

/* 1: the next message, valid until the next feed; 0: more of the stream is needed; -EMSGSIZE: a
 * message over @max has begun; -EIO: this is no gRPC stream (compressed, or, without a @max, longer
 * than FRAME_MESSAGE_MAX). */
int frame_reader_next(struct frame_reader *reader, struct bytes *ret_message);

/* Whether the stream may end here: no part of a message is left over. */
bool frame_reader_is_drained(const struct frame_reader *reader);
