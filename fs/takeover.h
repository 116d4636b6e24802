/* How a mount passes from a filesystem process that has died to the next one. */
/*
 * Threads: the FUSE thread.
 */
#pragma once

#include "fs/base/buf.h"

#include <stdbool.h>

struct fs;

/* Has libfuse serve the device that the supervisor has handed over. 0 or -errno. */
int takeover_attach(struct fs *fs);

/* Serves the mount that the predecessor has left, in place of mounting. 0 or -errno. */
int takeover_begin(struct fs *fs);
void takeover_end(struct fs *fs);

/* Answers a request that is a matter of the predecessor's. Returns false if it is not. */
bool takeover_answers(struct fs *fs, struct bytes request);

/* Give the supervisor what a successor needs to know. Of a request that is to be served: which
 * files are polled; before the answer, because whoever polls sleeps from then on. Of one that was
 * served: the kernel's INIT with the device, unless the kernel cannot pass a mount on. */
void takeover_note_poll(struct fs *fs, struct bytes request);
void takeover_note_init(struct fs *fs, struct bytes request);
