/* A child's output, taken from its pipe line by line without ever waiting. */
/*
 * Owner:   whoever embeds it; the pipe stays the caller's.
 * Threads: one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define LINES_MAX 16384 /* bytes of a line; what is longer comes in several */

struct lines {
	char raw[LINES_MAX];
	size_t length;
	void (*on_line)(void *arg, const char *line); /* never an empty one */
	void *arg;
};

/* Hands on what is there, or a good part: who writes without end must not hold up the loop. False:
 * the end of the pipe, and its last line is handed on too. */
bool lines_drain(struct lines *lines, int fd);
/* The writer has ended: hands on all that a pipe can hold, and its last line. */
void lines_finish(struct lines *lines, int fd);
