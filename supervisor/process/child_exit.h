/* Waits in the loop for the end of a child process. */
/*
 * Owner:   whoever has the child; embedded beside it.
 * Threads: one, that of the loop.
 * Why:     under ptrace a dead child cannot be reaped until the tracer detaches, and no event
 *          announces that; so we poll. So we do where the loop cannot watch the child.
 */
#pragma once

#include "fs/base/loop.h"
#include "supervisor/process/child.h"

struct child_exit {
	struct loop *loop;
	const struct child *child;
	void (*run)(void *arg); /* called once: the child has ended, and child_reap() says how */
	void *arg;

	struct source source;
	struct timer again;
};

/* All pointers are borrowed for its life. */
void child_exit_init(struct child_exit *child_exit, struct loop *loop, const struct child *child,
	void (*run)(void *arg), void *arg);

/* Call it when the child has been started. */
void child_exit_await(struct child_exit *child_exit);
void child_exit_forget(struct child_exit *child_exit); /* may be called when nothing is awaited */
