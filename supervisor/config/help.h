/* The text of --help and the rows of the man page, both made from the tables of the parser. */
/*
 * Owner:   writes to the caller's stream.
 * Threads: none of its own.
 */
#pragma once

#include <stdio.h>

void help_write(FILE *out);

/* The man page: @in with each line that is ".\" ROWS options", "mount" or "etcd" replaced by the
 * rows of that table, and @VERSION@ by the version. 0 or -errno. */
int help_write_man(FILE *in, FILE *out);
