/* Shared by the files that implement an open file. */
#pragma once

#include "fs/file/handle.h"

/* Why it accepts no change: it is being published, or was lost or spoiled. 0: it accepts one. */
int handle_refusal_locked(const struct handle *handle) REQUIRES(handle->lock);

/* Drops the edits, for the loss of a lock. */
void handle_drop_locked(struct handle *handle) REQUIRES(handle->lock);

/* Nobody else is to make the file, which has no key yet. */
bool handle_owes_locked(const struct handle *handle) REQUIRES(handle->lock);

/* The size of the value with the edits applied. */
size_t handle_size(const struct handle *handle);

/* Whether there is room for @more bytes of edits, and for a value that ends at @end. Returns 0 or
 * -ENOBUFS. */
int handle_room_locked(struct handle *handle, uint64_t more, uint64_t end, size_t max)
	REQUIRES(handle->lock);

/* While edits are unpublished (@dirty), the file's size is this handle's size. */
void handle_show_size(struct handle *handle, bool dirty);
