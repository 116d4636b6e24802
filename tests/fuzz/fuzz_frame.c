/* A stream of gRPC's frames says the same however it is cut into pieces. */
#include "tests/fuzz/fuzz.h"

#include "fs/etcd/frame.h"

#include <errno.h>

/* Reads @stream in pieces of @size bytes. What was read goes to @ret. The reader's last answer. */
static int read_pieces(struct bytes stream, size_t size, size_t max, struct buf *ret)
{
	struct frame_reader reader = {.max = max};
	struct bytes piece, message;
	int r = 0;

	while (r >= 0 && stream.len) {
		piece = fuzz_bytes(&stream, size);
		fuzz_check(frame_reader_feed(&reader, piece.data, piece.len) == 0);
		while ((r = frame_reader_next(&reader, &message)) == 1) {
			fuzz_check(!max || message.len <= max);
			buf_append(ret, &message.len, sizeof(message.len));
			buf_append_bytes(ret, message);
		}
	}
	fuzz_check(r != -EMSGSIZE || reader.too_large > max);
	buf_append_byte(ret, frame_reader_is_drained(&reader));
	frame_reader_fini(&reader);
	return r;
}

void fuzz_one(struct bytes input)
{
	size_t max = fuzz_byte(&input), size = 1 + fuzz_byte(&input);
	CLEANUP(buf) struct buf whole = {0};
	CLEANUP(buf) struct buf pieces = {0};

	fuzz_check(read_pieces(input, input.len, max, &whole) ==
		   read_pieces(input, size, max, &pieces));
	fuzz_check(bytes_equal(buf_bytes(&whole), buf_bytes(&pieces)));
}
