/* Reads a child's output from its pipe line by line, without waiting. */
/*
 * Owner:   whoever embeds it; the pipe stays the caller's.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX 16384 /* bytes of a line; a longer one is split */

struct lines {
	char raw[LINES_MAX];
	size_t length;
	void (*on_line)(void *arg, const char *line); /* never an empty one */
	void *arg;
};

/* Passes on what is in the pipe, or a good part of it, because a child that writes without end
 * must not block the loop. Returns false at the end of the pipe, when the last line was passed
 * on too. */
bool lines_drain(struct lines *lines, int fd);
/* The writer has ended: passes on all that a pipe can hold, and the last line. */
void lines_finish(struct lines *lines, int fd);
