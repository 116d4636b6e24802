/* What a hostile etcd makes of an honest answer, and what it says unasked. */
/*
 * Owner:   the caller of everything.
 * Threads: one. All chance comes from the seed.
 */
#pragma once

#include "tests/hostile/serve.h"
#include "tests/lib/fake_etcd.h"

struct chance {
	uint64_t state; /* the seed at first */
};

uint64_t chance_next(struct chance *chance);
bool chance_is(struct chance *chance, unsigned permille);

/* Changes @reply, the answer to a request to @path, and how it ends. *@ret_endless: its last frame
 * has no end, and bytes may follow for as long as somebody takes them. */
void distort_reply(struct chance *chance, const char *path, int64_t revision, struct reply *reply,
	struct fake_answer *answer, bool *ret_endless);

/* Appends a whole frame of an answer to @path that need not be true. */
void distort_lie(struct chance *chance, const char *path, int64_t revision, struct buf *ret);

/* Appends bytes without a meaning. */
void distort_noise(struct chance *chance, size_t len, struct buf *ret);

/* Changes what goes out on a connection: bytes, or frames of HTTP/2 that nobody has asked for. */
void distort_wire(struct chance *chance, struct buf *frames);
