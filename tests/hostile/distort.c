#include "tests/hostile/distort.h"

#include "tests/fuzz/lies.h"

#include <string.h>

enum { MOST_REPEATS = 2000, MANY = 100000, LONG_WORDS = 32 * 1024 };

uint64_t chance_next(struct chance *chance)
{
	uint64_t word = chance->state += 0x9e3779b97f4a7c15;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return word ^ word >> 31;
}

bool chance_is(struct chance *chance, unsigned permille)
{
	return chance_next(chance) % 1000 < permille;
}

static size_t below(struct chance *chance, size_t n)
{
	return n ? chance_next(chance) % n : 0;
}

void distort_noise(struct chance *chance, size_t len, struct buf *ret)
{
	size_t at = ret->len;

	if (buf_resize(ret, at + len) < 0)
		abort();
	for (size_t i = at; i < ret->len; i++)
		ret->data[i] = (uint8_t)chance_next(chance);
}

void distort_lie(struct chance *chance, const char *path, int64_t revision, struct buf *ret)
{
	CLEANUP(buf) struct buf noise = {0};
	CLEANUP(buf) struct buf message = {0};
	struct bytes input;

	distort_noise(chance, 400, &noise);
	input = buf_bytes(&noise);
	lies_answer(path, revision, &input, &message);
	serve_frame(ret, buf_bytes(&message));
}

/* --- Bytes of an answer ------------------------------------------------------------------- */

static void flip(struct chance *chance, struct buf *frames)
{
	for (size_t n = 1 + below(chance, 4); n && frames->len; n--)
		frames->data[below(chance, frames->len)] ^= (uint8_t)(1 << below(chance, 8));
}

static void cut(struct chance *chance, struct buf *frames)
{
	frames->len = below(chance, frames->len + 1);
}

static void repeat(struct chance *chance, struct buf *frames)
{
	CLEANUP(buf) struct buf once = {0};

	if (buf_append_bytes(&once, buf_bytes(frames)) < 0)
		abort();
	for (size_t n = 1 + below(chance, MOST_REPEATS); n && frames->len < 1 << 20; n--)
		if (buf_append_bytes(frames, buf_bytes(&once)) < 0)
			abort();
}

static void insert(struct chance *chance, struct buf *frames)
{
	CLEANUP(buf) struct buf rest = {0};
	size_t at = below(chance, frames->len + 1);

	if (buf_append_bytes(&rest, bytes_slice(buf_bytes(frames), at, frames->len)) < 0)
		abort();
	frames->len = at;
	distort_noise(chance, 1 + below(chance, 50), frames);
	if (buf_append_bytes(frames, buf_bytes(&rest)) < 0)
		abort();
}

/* The flag, or a byte of the length, of the first frame. */
static void frame_wrong(struct chance *chance, struct buf *frames)
{
	if (frames->len >= 5)
		frames->data[below(chance, 5)] = (uint8_t)chance_next(chance);
}

/* The header of a message that will not end: of a small one, or nearly as large as can be. */
static void frame_without_end(struct chance *chance, struct buf *frames)
{
	static const uint8_t highest[] = {0, 0x0f, 0x0f, 0x3f, 0xff};
	const uint8_t header[] = {0, highest[below(chance, sizeof(highest))], 0xff, 0xff, 0xff};

	if (buf_append(frames, header, sizeof(header)) < 0)
		abort();
}

/* A message of parts that have nothing in them, as many as fit. */
static void swarm(struct chance *chance, struct buf *frames)
{
	static const uint8_t tags[] = {0x0a, 0x12, 0x1a, 0x42, 0x5a};
	const uint8_t part[] = {tags[below(chance, sizeof(tags))], 0};
	CLEANUP(buf) struct buf message = {0};

	for (size_t i = 0; i < MANY; i++)
		if (buf_append(&message, part, sizeof(part)) < 0)
			abort();
	buf_clear(frames);
	serve_frame(frames, buf_bytes(&message));
}

/* --- Ends --------------------------------------------------------------------------------- */

static void status_wrong(struct chance *chance, struct fake_answer *answer)
{
	static char long_words[LONG_WORDS];
	static const char *const words[] = {"", "%", "%zz%00%0a", "etcdserver: permission denied",
		"etcdserver: invalid auth token", "etcdserver: mvcc: database space exceeded",
		"mvcc: required revision has been compacted", "etcdserver: request is too large",
		"etcdserver: requested lease not found", "context canceled", long_words};

	memset(long_words, 'w', sizeof(long_words) - 1);
	answer->end = chance_is(chance, 500) ? FAKE_STATUS : FAKE_STATUS_ONLY;
	answer->code = (int)below(chance, 20) - 1;
	answer->message = words[below(chance, sizeof(words) / sizeof(words[0]))];
}

static void end_wrong(struct chance *chance, struct fake_answer *answer)
{
	static const enum fake_end ends[] = {
		FAKE_NO_TRAILERS, FAKE_RESET, FAKE_OPEN, FAKE_NEVER, FAKE_CLOSE, FAKE_GOAWAY};

	answer->end = ends[below(chance, sizeof(ends) / sizeof(ends[0]))];
	answer->code = (int)below(chance, 14);
	answer->delay_ms = chance_is(chance, 300) ? (int)below(chance, 500) : 0;
}

void distort_reply(struct chance *chance, const char *path, int64_t revision, struct reply *reply,
	struct fake_answer *answer, bool *ret_endless)
{
	struct buf *frames = &reply->frames;

	*ret_endless = false;
	switch (below(chance, 14)) {
	case 0:
	case 1:
	case 2:
		buf_clear(frames);
		distort_lie(chance, path, revision, frames);
		break;
	case 3:
		flip(chance, frames);
		break;
	case 4:
		cut(chance, frames);
		break;
	case 5:
		repeat(chance, frames);
		break;
	case 6:
		insert(chance, frames);
		break;
	case 7:
		frame_wrong(chance, frames);
		break;
	case 8:
		swarm(chance, frames);
		break;
	case 9:
		status_wrong(chance, answer);
		break;
	case 10:
		answer->http_status = (int)below(chance, 500) + 100;
		break;
	case 11:
		buf_clear(frames);
		distort_noise(chance, below(chance, 2000), frames);
		break;
	case 12:
		frame_without_end(chance, frames);
		answer->end = FAKE_OPEN;
		*ret_endless = true;
		break;
	default:
		end_wrong(chance, answer);
	}
}

/* --- The wire ----------------------------------------------------------------------------- */

static const struct bytes unasked[] = {
	BYTES_LITERAL("\0\0\1\0\0\0\0\x27\x0f!"),		      /* DATA of no stream */
	BYTES_LITERAL("\0\0\1\1\4\0\0\x27\x0f\x88"),		      /* HEADERS of no stream */
	BYTES_LITERAL("\0\0\4\3\0\0\0\0\1\0\0\0\2"),		      /* RST_STREAM of the first */
	BYTES_LITERAL("\0\0\6\4\0\0\0\0\0\0\4\x7f\xff\xff\xff"),      /* SETTINGS: the window */
	BYTES_LITERAL("\0\0\6\4\0\0\0\0\0\0\5\0\0\0\1"),	      /* SETTINGS: a frame's size */
	BYTES_LITERAL("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\0"),	      /* SETTINGS: no streams */
	BYTES_LITERAL("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"),	      /* SETTINGS: a hundred */
	BYTES_LITERAL("\0\0\5\5\4\0\0\0\1\0\0\0\2\x88"),	      /* PUSH_PROMISE */
	BYTES_LITERAL("\0\0\x8\6\0\0\0\0\0abcdefgh"),		      /* PING */
	BYTES_LITERAL("\0\0\x8\7\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\0"), /* GOAWAY */
	BYTES_LITERAL("\0\0\4\x8\0\0\0\0\0\x7f\xff\xff\xff"),	      /* WINDOW_UPDATE */
	BYTES_LITERAL("\0\0\1\x9\0\0\0\0\1\x88"),		      /* CONTINUATION of nothing */
	BYTES_LITERAL("\0\0\3\x7f\xff\0\0\0\1abc"),		      /* no frame that there is */
	BYTES_LITERAL("\xff\xff\xff\0\0\0\0\0\1"),		      /* DATA of 16 MiB */
};

void distort_wire(struct chance *chance, struct buf *frames)
{
	struct bytes frame = unasked[below(chance, sizeof(unasked) / sizeof(unasked[0]))];

	switch (below(chance, 8)) {
	case 0:
		flip(chance, frames);
		break;
	case 1:
		cut(chance, frames);
		break;
	case 2:
		insert(chance, frames);
		break;
	default:
		if (buf_append_bytes(frames, frame) < 0)
			abort();
	}
}
