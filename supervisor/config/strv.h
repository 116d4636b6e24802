/* A list of strings that ends with NULL, as execve() takes it. */
/*
 * Owner:   strv_fini() frees the list and its strings. {0} is an empty list.
 * Threads: none of its own.
 */
#pragma once

#include <stddef.h>

struct strv {
	char **items; /* NULL while the list is empty */
	size_t count;
};

void strv_fini(struct strv *strv);

static inline void strv_cleanup(struct strv *strv)
{
	strv_fini(strv);
}

/* Appends a formatted string. Returns 0 or -ENOMEM. */
int strv_add(struct strv *strv, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends those variables of @from (NAME=VALUE) whose names are not in the list. Returns 0 or
 * -ENOMEM. */
int strv_add_environment(struct strv *strv, char *const *from);
