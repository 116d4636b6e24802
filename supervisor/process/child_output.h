/* What a child writes, handed on line by line in the loop. */
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

/* To be called when the child has been started; one without a pipe is fine. 0 or -errno. */
int child_output_watch(struct child_output *output);
/* The child has ended: hands on what is left in the pipe, and closes it. */
void child_output_finish(struct child_output *output);
/* Closes the pipe, whatever is left in it. */
void child_output_close(struct child_output *output);
