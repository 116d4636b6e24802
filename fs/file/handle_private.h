/* What the files of an open file share. */
#pragma once

#include "fs/file/handle.h"

/* How many bytes it has to read: base with the edits. */
size_t handle_size(const struct handle *handle);

/* Whether there is room for @more bytes of edits, and then for @end bytes to read. 0 or -ENOBUFS.
 */
int handle_room_locked(struct handle *handle, uint64_t more, uint64_t end, size_t max)
	REQUIRES(handle->lock);

/* Its size is the file's, while there is something unpublished (@dirty). */
void handle_show_size(struct handle *handle, bool dirty);
