/* What the files of an open file share: its content with the edits. */
#pragma once

#include "fs/file/handle.h"

/* The content to edit: a copy of the base, at the first edit. 0 or -ENOMEM. */
int handle_content_locked(struct handle *handle) REQUIRES(handle->lock);

/* @bytes over it. 0 or -ENOMEM. */
int handle_content_write_locked(struct handle *handle, uint64_t offset, struct bytes bytes)
	REQUIRES(handle->lock);

/* Whether there is room for @more bytes of edits, and then a content up to @end. 0 or -ENOBUFS. */
int handle_room_locked(struct handle *handle, uint64_t more, uint64_t end, size_t max)
	REQUIRES(handle->lock);

/* Its size is the file's, while there is something unpublished (@dirty). */
void handle_show_size(struct handle *handle, bool dirty);
