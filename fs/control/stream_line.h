/* Formats one change of a key as one line of JSON. */
/*
 * Threads: any; there is no state.
 */
#pragma once

#include "fs/base/buf.h"
#include "fs/etcd/etcd.h"

#define STREAM_LINE_VALUE_MAX (64 << 10) /* bytes; of a longer value only the length is given */

#define STREAM_LINE_NONE 1 /* the change is not below the directory: nothing is appended */

/*
 * Appends the line of @event, newline included. @prefix is the mount's; @dir is the path of the
 * directory with a '/' at its end, empty for the root.
 *
 * Returns 0; STREAM_LINE_NONE; or -ENOMEM, and nothing is appended.
 */
int stream_line_event(
	const struct etcd_event *event, struct bytes prefix, struct bytes dir, struct buf *ret);

/* Appends the last line of a stream that cannot go on: @type is why, and @revision is the first one
 * from which another stream can. Returns 0 or -ENOMEM. */
int stream_line_end(const char *type, int64_t revision, struct buf *ret);
