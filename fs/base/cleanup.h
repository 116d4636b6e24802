/* Cleanup by scope: a variable that frees itself, and STEAL(), which takes the value out of it. */
/*
 * CLEANUP(x_free) struct x *x = NULL;   frees x at the end of its scope
 * return STEAL(x);                      hands x on, and leaves NULL behind
 *
 * CLEANUP_POINTER(struct x, x_free) in a header or .c defines what CLEANUP(x_free) needs.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(func) __attribute__((cleanup(func##_cleanup)))

#define CLEANUP_POINTER(type, func)                                                                \
	static inline __attribute__((unused)) void func##_cleanup(type **pointer)                  \
	{                                                                                          \
		if (*pointer)                                                                      \
			func(*pointer);                                                            \
	}

#define STEAL(pointer)                                                                             \
	({                                                                                         \
		__typeof__(pointer) stolen_ = (pointer);                                           \
		(pointer) = NULL;                                                                  \
		stolen_;                                                                           \
	})

#define STEAL_FD(fd)                                                                               \
	({                                                                                         \
		int stolen_ = (fd);                                                                \
		(fd) = -1;                                                                         \
		stolen_;                                                                           \
	})

/* CLEANUP(free) char *text = NULL; */
static inline void free_cleanup(void *pointer)
{
	free(*(void **)pointer);
}

/* CLEANUP(fd) int fd = -1; */
static inline void fd_cleanup(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
