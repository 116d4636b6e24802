/* Allocations that fail when a test says so. */
/*
 * Link with tests/lib/alloc.c and -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc: what the program
 * itself calls is counted, what libraries call is not. Threads: one.
 */
#pragma once

/* The next @count allocations succeed, and all after them fail. */
void alloc_fail_after(int count);

/* All succeed, as at the start. */
void alloc_fail_never(void);
