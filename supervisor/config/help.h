/* Writes the text of --help and the rows of the man page, both from the parser's tables. */
/*
 * Owner:   writes to the caller's stream.
 * Threads: none of its own.
 */
#pragma once

#include <stdio.h>

void help_write(FILE *out);

/* Writes the man page: @in, with each line `.\" ROWS options`, "mount", "etcd" or "hooks" replaced
 * by the rows of that table, and @VERSION@ by the version. Returns 0 or -errno. */
int help_write_man(FILE *in, FILE *out);
