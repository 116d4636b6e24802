/* The one line that tells the user why something was refused. */
/*
 * Owner:   the caller that asked; passed down, filled where the reason is known, logged once at the
 *          top.
 * Threads: none of its own.
 */
#pragma once

struct refusal {
	char text[2048];
};

/* What a function returns that has set the line. It is no errno: none has what the line says. */
enum {
	REFUSED = 1,
};

/* Sets the line and returns REFUSED, so that a function can end with "return refuse(...)". */
int refuse(struct refusal *refusal, const char *format, ...) __attribute__((format(printf, 2, 3)));
