/* Reads a child's output in the loop, and passes it on line by line. */
/*
 * Owner:   whoever has the child; embedded beside it.
 * Threads: one, that of the loop.
 */
#pragma once

#include "fs/base/loop.h"
#include "supervisor/process/child.h"
#include "supervisor/process/lines.h"

struct child_output {
	struct loop *loop;
	struct child *child;
	struct source source;
	struct lines lines;
};

/* All pointers are borrowed for its life. */
void child_output_init(struct child_output *output, struct loop *loop, struct child *child,
	void (*on_line)(void *arg, const char *line), void *arg);

/* Call it when the child has been started; a child without a pipe is fine. One that nobody could
 * read would hang, so it is killed. */
void child_output_watch(struct child_output *output);
/* The child has ended: passes on the rest of the pipe, and closes it. */
void child_output_finish(struct child_output *output);
/* Closes the pipe, and drops its rest. */
void child_output_close(struct child_output *output);
