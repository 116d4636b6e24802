/* What publishing needs, shared by the open files of a mount. */
/*
 * Owner:   the mount. RPC thread only, but for n_releasing.
 */
#pragma once

#include "fs/file/handle.h"
#include "fs/file/turns.h"
#include "fs/lock/ttl.h"
#include "fs/request/barrier.h"
#include "fs/request/mutation.h"

#include <stdatomic.h>

/* The caller sets the fields up to `arg`, and then calls publisher_init(). */
struct publisher {
	const struct fs_config *config;
	struct requests *requests;
	struct mirror *mirror;
	struct barrier *barrier;
	struct mutations *mutations;
	struct ttl_leases *ttls;
	/* An open file through which locks were asked for is closed, and all of it is published. */
	void (*unlock)(void *arg, struct handle *handle);
	void *arg;
	struct turns_list turns;
	struct handle_list releasing; /* closed, and still being published */
	atomic_size_t n_releasing;    /* of these, with those that the RPC thread has yet to meet */
};

static inline void publisher_init(struct publisher *publisher)
{
	TAILQ_INIT(&publisher->turns);
	TAILQ_INIT(&publisher->releasing);
}
