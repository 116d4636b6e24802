/* Shared by the files that implement an open file. */
#pragma once

#include "fs/file/handle.h"

/* The size of the value with the edits applied. */
size_t handle_size(const struct handle *handle);

/* Whether there is room for @more bytes of edits, and for a value that ends at @end. Returns 0 or
 * -ENOBUFS. */
int handle_room_locked(struct handle *handle, uint64_t more, uint64_t end, size_t max)
	REQUIRES(handle->lock);

/* While edits are unpublished (@dirty), the file's size is this handle's size. */
void handle_show_size(struct handle *handle, bool dirty);
