/* The one line that tells the user why something was refused. */
/*
 * Owner:   the caller that asked. It is passed down, filled where the reason is known, and logged
 *          once at the top.
 * Threads: none of its own.
 */
#pragma once

struct refusal {
	char text[2048];
	const char *section, *key; /* the key that it is about, borrowed; NULL: none is known */
};

/* The return value of a function that has set the line; not an errno, because none says as much. */
enum {
	REFUSED = 1,
};

/* Sets the line and returns REFUSED, so that a function can end with "return refuse(...)". */
int refuse(struct refusal *refusal, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what is wrong with a key: the line begins with "[SECTION] KEY: ". */
int refuse_key(struct refusal *refusal, const char *section, const char *key, const char *format,
	...) __attribute__((format(printf, 4, 5)));
